// Who did something, as people read it: `user:owner` is owner; a worker, the policy or the system
// are named in the reader's language.
import { useT, type PlainKey } from '@/words';

const known: Record<string, PlainKey> = { worker: 'who.worker', system: 'who.system', policy: 'who.policy', timer: 'who.timer' };

export function useWho(): (actor: string) => string {
  const t = useT();
  return (actor) => {
    const key = known[actor];
    return key ? t(key) : actor.replace(/^user:/, '');
  };
}
