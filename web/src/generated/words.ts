// Generated from crates/metel-model/src/status.rs. Do not edit: change the list there.

export interface Word { readonly en: string; readonly ko: string; readonly icon: string }

export const runStatus = {
  queued: { en: 'Queued', ko: '대기', icon: '◌' },
  running: { en: 'Running', ko: '실행 중', icon: '◐' },
  waiting: { en: 'Waiting', ko: '기다리는 중', icon: '⏸' },
  completed: { en: 'Completed', ko: '완료', icon: '✓' },
  failed: { en: 'Failed', ko: '실패', icon: '✕' },
  cancelled: { en: 'Cancelled', ko: '취소됨', icon: '⊘' },
} as const satisfies Record<string, Word>;

export const waitingFor = {
  approval: { en: 'Waiting for approval', ko: '승인 대기', icon: '⏸' },
  input: { en: 'Needs information', ko: '정보 필요', icon: '?' },
  doubt: { en: 'Outcome unknown', ko: '결과 확인 필요', icon: '⁇' },
  credits: { en: 'Out of credits', ko: '크레딧 부족', icon: '₩' },
  capacity: { en: 'Waiting for capacity', ko: '자리 기다림', icon: '◷' },
  message: { en: 'Waiting for something else', ko: '다른 일 기다림', icon: '◷' },
  child: { en: 'Waiting for something else', ko: '다른 일 기다림', icon: '◷' },
  timer: { en: 'Sleeping', ko: '예약 대기', icon: '◷' },
  paused: { en: 'Paused', ko: '멈춤', icon: '⏸' },
} as const satisfies Record<string, Word>;

export const stepStatus = {
  pending: { en: 'Pending', ko: '아직', icon: '⬜' },
  ready: { en: 'Ready', ko: '준비됨', icon: '◌' },
  running: { en: 'Running', ko: '실행 중', icon: '◐' },
  waiting: { en: 'Waiting', ko: '기다리는 중', icon: '⏸' },
  succeeded: { en: 'Completed', ko: '완료', icon: '✓' },
  failed: { en: 'Failed', ko: '실패', icon: '✕' },
  skipped: { en: 'Skipped', ko: '건너뜀', icon: '↷' },
  cancelled: { en: 'Cancelled', ko: '취소됨', icon: '⊘' },
  in_doubt: { en: 'Outcome unknown', ko: '결과 확인 필요', icon: '⁇' },
} as const satisfies Record<string, Word>;

export const taskStatus = {
  pending: { en: 'Pending', ko: '대기', icon: '◌' },
  leased: { en: 'Leased', ko: '맡음', icon: '◐' },
  done: { en: 'Done', ko: '끝', icon: '✓' },
  failed: { en: 'Failed', ko: '실패', icon: '✕' },
  cancelled: { en: 'Cancelled', ko: '취소됨', icon: '⊘' },
  dead: { en: 'Dead', ko: '멈춘 일', icon: '☠' },
} as const satisfies Record<string, Word>;

export const risk = {
  read: { en: 'Reads', ko: '읽기', icon: '👁' },
  write: { en: 'Writes', ko: '쓰기', icon: '✎' },
  destructive: { en: 'Deletes', ko: '삭제·파괴', icon: '⚠' },
  financial: { en: 'Money', ko: '결제', icon: '₩' },
  external_send: { en: 'Sends outside', ko: '외부 전송', icon: '↗' },
} as const satisfies Record<string, Word>;

export const approvalStatus = {
  pending: { en: 'Pending', ko: '승인 대기', icon: '⏸' },
  approved: { en: 'Approved', ko: '승인함', icon: '✓' },
  approved_with_edits: { en: 'Approved with edits', ko: '고쳐서 승인함', icon: '✓' },
  rejected: { en: 'Rejected', ko: '거절함', icon: '✕' },
  expired: { en: 'Expired', ko: '시간 지남', icon: '⌛' },
  void: { en: 'Void', ko: '무효', icon: '⊘' },
} as const satisfies Record<string, Word>;

export type RunStatus = keyof typeof runStatus;
export type WaitingFor = keyof typeof waitingFor;
export type StepStatus = keyof typeof stepStatus;
export type TaskStatus = keyof typeof taskStatus;
export type Risk = keyof typeof risk;
export type ApprovalStatus = keyof typeof approvalStatus;
