// Figures side by side, and tables of them: names to the left, numbers to the right.
import type { ReactNode } from 'react';
import { cx } from './cx';

export function Figures({ items }: { items: { name: string; value: ReactNode; note?: ReactNode; tone?: 'bad' | 'ok' | 'warn' }[] }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-card max-md:[&>*:last-child:nth-child(odd)]:col-span-2 md:grid-flow-col md:auto-cols-fr md:grid-cols-none">
      {items.map(({ name, value, note, tone }) => (
        <div key={name} className="bg-card px-4 py-3">
          <dt className="text-sm text-mute">{name}</dt>
          <dd className={cx('mt-0.5 text-lg font-semibold', tone === 'bad' && 'text-bad', tone === 'ok' && 'text-ok', tone === 'warn' && 'text-warn')}>{value}</dd>
          {note ? <dd className="text-xs text-mute">{note}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

export interface Column<Row> { name: string; /** Shown on narrow screens, too. */ always?: boolean; left?: boolean; cell: (row: Row) => ReactNode }

export function Table<Row>({ label, columns, rows, keyOf, foot }: { label: string; columns: Column<Row>[]; rows: Row[]; keyOf: (row: Row) => string; foot?: ReactNode[] }) {
  const look = (column: Column<Row>, index: number) => cx('px-4 py-2', index > 0 && !column.left && 'text-right', !column.always && index > 0 && 'max-md:hidden');
  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="w-full text-sm">
        <thead><tr className="border-b border-line text-left text-xs text-mute">{columns.map((column, index) => <th key={column.name} scope="col" className={cx(look(column, index), 'font-medium whitespace-nowrap')}>{column.name}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0">
              {columns.map((column, index) => <td key={column.name} className={cx(look(column, index), index === 0 ? 'font-medium' : column.left ? '' : 'whitespace-nowrap')}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
        {foot ? <tfoot><tr className="border-t border-edge bg-sunk font-semibold">{foot.map((cell, index) => { const column = columns[index]; return <td key={index} className={column ? look(column, index) : ''}>{cell}</td>; })}</tr></tfoot> : null}
      </table>
    </div>
  );
}
