// The words on the page are those of the Rust list, word for word.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as words from '@/generated/words';

const source = readFileSync(resolve(import.meta.dirname, '../../../crates/metel-model/src/status.rs'), 'utf8');

const lists = { RunStatus: words.runStatus, WaitingFor: words.waitingFor, StepStatus: words.stepStatus, TaskStatus: words.taskStatus, Risk: words.risk, ApprovalStatus: words.approvalStatus };

describe.each(Object.entries(lists))('%s', (name, list) => {
  it('is the same list', () => {
    const body = new RegExp(`\\n    ${name} \\{([\\s\\S]*?)\\n    \\}`).exec(source)?.[1] ?? '';
    const there = [...body.matchAll(/\w+ = "([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)";/g)].map(([, key, en, ko, icon]) => [key, { en, ko, icon }]);
    expect(there.length).toBeGreaterThan(0);
    expect(Object.entries(list)).toEqual(there);
  });
});
