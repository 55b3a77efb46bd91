// A form that the run waits for, on the run's own page.
import { ClipboardPen } from 'lucide-react';
import { usePick, useT } from '@/words';
import { TaskForm, TaskMarks, type Waiting } from '../work/TaskForm';

export function TaskCard({ run, step }: { run: string; step: Waiting }) {
  const t = useT();
  const pick = usePick();
  return (
    <section aria-label={pick(step.task.title) || t('work.form')} className="mt-5 overflow-hidden rounded-xl border border-warn/45 bg-card shadow-lift">
      <p className="flex flex-wrap items-center gap-2 border-b border-warn/25 bg-warn-wash px-5 py-2.5 text-sm font-semibold text-warn"><ClipboardPen size={16} aria-hidden />{t('work.form')}</p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-5 pt-4">
        <h2 className="text-md font-semibold">{pick(step.task.title) || step.id}</h2>
        <TaskMarks step={step} />
      </div>
      <TaskForm run={run} step={step} />
    </section>
  );
}
