// Editing a pipeline: what each act makes of the definition, and the way back.
import { describe, expect, it } from 'vitest';
import { act, addNode, begin, connect, definitionDiff, disconnect, empty, nodeAt, readDefinition, redo, removeNode, renameNode, setEdge, setNode, stepsOf, undo, type Definition } from '@/pages/editor/draft';

const made: Definition = {
  nodes: [{ id: 'a', type: 'tool', tool: 'x', args: {} }, { id: 'b', type: 'branch' }, { id: 'c', type: 'tool', args: { to: '${a.url} and ${ab.url}', list: { $ref: 'a.rows[0]' } } }],
  edges: [{ from: 'a', to: 'b' }, { from: 'b', to: 'c', when: 'true' }], entry_point: 'a',
};

describe('a definition', () => {
  it('takes a node in between, and lets it go again', () => {
    const { made: more, id } = addNode(made, 'human_gate', 'a');
    expect(more.edges).toEqual([{ from: 'human_gate', to: 'b' }, { from: 'b', to: 'c', when: 'true' }, { from: 'a', to: 'human_gate' }]);
    expect(removeNode(more, id).edges).toEqual([{ from: 'b', to: 'c', when: 'true' }, { from: 'a', to: 'b' }]);
  });
  it('adds a further way after a branch', () => expect(addNode(made, 'tool', 'b').made.edges?.filter((edge) => edge.from === 'b').map((edge) => edge.to)).toEqual(['c', 'tool']));
  it('begins elsewhere when its first node goes', () => expect(removeNode(made, 'a').entry_point).toBe('b'));
  it('is renamed wherever it is named, and nowhere else', () => {
    const renamed = renameNode(made, 'a', 'page');
    expect(renamed.nodes[2]?.args).toEqual({ to: '${page.url} and ${ab.url}', list: { $ref: 'page.rows[0]' } });
    expect([renamed.entry_point, renamed.edges?.[0]?.from]).toEqual(['page', 'page']);
  });
  it('is connected once, and an edge has its condition', () => {
    expect(connect(made, 'a', 'b')).toBe(made);
    expect(connect(made, 'a', 'a')).toBe(made);
    expect(setEdge(connect(made, 'a', 'c'), 2, { when: 'x > 1' }).edges?.[2]).toEqual({ from: 'a', to: 'c', when: 'x > 1' });
    expect(setEdge(made, 1, { when: '' }).edges?.[1]).toEqual({ from: 'b', to: 'c' });
    expect(disconnect(made, 0).edges).toHaveLength(1);
  });
  it('says which node a fault is about', () => expect(['/nodes/2/args', '/definition/nodes/0', '/edges/1/when', '/title'].map((pointer) => nodeAt(made, pointer))).toEqual(['c', 'a', 'b', null]));
  it('is read from text, wrapped or not, and refused where it is none', () => {
    expect(readDefinition(JSON.stringify({ name: 'x', definition: made }))?.nodes).toHaveLength(3);
    expect(readDefinition(JSON.stringify(made))?.entry_point).toBe('a');
    expect(['{', '[]', 'null', '{"nodes":[1]}', '{"nodes":{}}'].map(readDefinition)).toEqual([null, null, null, null, null]);
  });
  it('differs by node, not by place', () => expect(definitionDiff(made, addNode(made, 'join', 'a').made).every((change) => /join/.test(change.pointer) || change.pointer.startsWith('/edges/a → b'))).toBe(true));
  it('is drawn with what is inside its loops', () => {
    const looped = addNode(empty('x'), 'loop', 'check').made;
    expect(stepsOf(looped).map((step) => [step.id, step.parent, step.after])).toEqual([['check', null, []], ['loop', null, ['check']], ['loop/again', 'loop', []]]);
  });
  it('goes back and forth', () => {
    const one = act(begin(made), setNode(made, 'a', { tool: 'y' }));
    expect(undo(one).now).toBe(made);
    expect(redo(undo(one)).now).toBe(one.now);
    expect(act(undo(one), removeNode(made, 'c')).future).toEqual([]);
    expect(undo(begin(made)).now).toBe(made);
  });
});
