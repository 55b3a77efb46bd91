// The policy as a form: rules with plain text in every field, and back to the document without the
// fields that were left empty. What the form does not show is kept.
import type { Effect, Policy, PolicyRule, Risk, Text } from '@/api/types';
import { msOf, typedOf, type Typed } from '@/parts/DurationField';

export interface RuleDraft { key: number; id: string; effect: Effect; tool: string; service: string; risk: Risk[]; condition: string; en: string; ko: string; agent: string | null }
export interface Draft { name: string; rules: RuleDraft[]; domains: string; channels: string; expires: Typed }

let keys = 0;

const both = (text: Text | undefined): { en: string; ko: string } => (typeof text === 'string' ? { en: text, ko: text } : { en: text?.en ?? '', ko: text?.ko ?? '' });

export const emptyRule = (taken: string[]): RuleDraft => {
  let n = taken.length + 1;
  while (taken.includes(`rule-${n}`)) n += 1;
  return { key: (keys += 1), id: `rule-${n}`, effect: 'approval', tool: '', service: '', risk: [], condition: '', en: '', ko: '', agent: null };
};

export function draftOf(policy: Policy): Draft {
  return {
    name: policy.name ?? '',
    rules: (policy.rules ?? []).map((rule) => ({
      key: (keys += 1), id: rule.id, effect: rule.effect, tool: rule.when?.tool ?? '', service: rule.when?.service ?? '', risk: rule.when?.risk ?? [],
      condition: rule.when?.condition ?? '', ...both(rule.reason), agent: rule.when?.agent ?? null,
    })),
    domains: (policy.inside?.domains ?? []).join('\n'),
    channels: (policy.inside?.shared_channels ?? []).join('\n'),
    expires: typedOf(policy.approval_expires_ms),
  };
}

const lines = (text: string): string[] => [...new Set(text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean))];

export function policyOf(draft: Draft): Policy {
  const expires = msOf(draft.expires);
  return {
    name: draft.name.trim(),
    rules: draft.rules.map((rule): PolicyRule => {
      const when = {
        ...(rule.tool.trim() ? { tool: rule.tool.trim() } : {}), ...(rule.service.trim() ? { service: rule.service.trim() } : {}),
        ...(rule.risk.length > 0 ? { risk: rule.risk } : {}), ...(rule.condition.trim() ? { condition: rule.condition.trim() } : {}), ...(rule.agent !== null ? { agent: rule.agent } : {}),
      };
      const [en, ko] = [rule.en.trim(), rule.ko.trim()];
      // A sentence in one language only is said in both.
      return { id: rule.id.trim(), effect: rule.effect, ...(Object.keys(when).length > 0 ? { when } : {}), ...(en || ko ? { reason: { en: en || ko, ko: ko || en } } : {}) };
    }),
    inside: { domains: lines(draft.domains), shared_channels: lines(draft.channels).map((name) => name.replace(/^#/, '')) },
    ...(expires ? { approval_expires_ms: expires } : {}),
  };
}

/** What a rule allows whatever else it says: nothing is named, so it holds for everything. */
export const isSweeping = (rule: RuleDraft): boolean => rule.effect === 'allow' && !rule.tool.trim() && !rule.service.trim() && rule.risk.length === 0 && !rule.condition.trim();

/** A fault's place within the form: the rule's number and its field, or the field alone. */
export function placeOf(pointer: string): { rule: number | null; field: string } {
  const found = /^\/rules\/(\d+)(?:\/(.*))?$/.exec(pointer);
  if (found) return { rule: Number(found[1]), field: (found[2] ?? '').replace(/^when\//, '').split('/')[0] ?? '' };
  return { rule: null, field: pointer.replace(/^\/(inside\/)?/, '').split('/')[0] ?? '' };
}
