// What people may be in a workspace, in words.
import type { Role } from '@/api/types';
import type { PlainKey } from '@/words';

export const roles: Role[] = ['owner', 'admin', 'builder', 'operator', 'approver', 'member', 'viewer', 'agent'];

export const isRole = (name: string): name is Role => (roles as string[]).includes(name);

export const roleWord = (name: string): (PlainKey & `role.${Role}`) | undefined => (isRole(name) ? `role.${name}` : undefined);

/** Who may change the policy, tokens and secrets. */
export const governs = (role: string | undefined): boolean => role === 'owner' || role === 'admin';

/** Who may add models and services, and make pipelines. */
export const connects = (role: string | null | undefined): boolean => role === 'owner' || role === 'admin' || role === 'builder';
