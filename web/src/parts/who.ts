// Who did something, as people read it: `user:owner` is owner; a worker, the policy or the system
// are named in the reader's language; a run by the end of its id.
import { useT, type PlainKey } from '@/words';

const known: Record<string, PlainKey> = { worker: 'who.worker', system: 'who.system', policy: 'who.policy', timer: 'who.timer' };

export function useWho(): (actor: string) => string {
  const t = useT();
  return (actor) => {
    const key = known[actor];
    if (key) return t(key);
    const run = /^run:run_\w*(\w{6})$/.exec(actor);
    return run?.[1] ? t('approval.run', { short: run[1] }) : actor.replace(/^user:/, '');
  };
}
