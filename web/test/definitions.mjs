// Pipelines for the tests over the real binary: one that goes in rounds, asks a person and waits for a
// message; one that always fails.
const T = (en, ko) => ({ en, ko });

export const definitions = [
  {
    name: 'contract-review', title: T('Contract review', '계약 검토'), description: T('In rounds, a form, a message.', '되풀이하고, 양식을 받고, 메시지를 기다려요.'), entry_point: 'polish',
    input_schema: { type: 'object', required: ['number'], additionalProperties: false, properties: { number: { type: 'string', title: 'Number', 'x-ask': T('Which contract?', '어느 계약인가요?') } } },
    nodes: [
      { id: 'polish', type: 'loop', label: T('Polish', '다듬기'), max: 3, until: 'index >= 1', body: {
        entry_point: 'draft', nodes: [{ id: 'draft', type: 'validation', label: T('Draft', '초안') }, { id: 'check', type: 'validation', label: T('Check', '확인') }], edges: [{ from: 'draft', to: 'check' }],
      } },
      { id: 'fill', type: 'human_task', label: T('A person fills in', '담당자 확인'), title: T('Read the contract and decide', '계약서를 보고 정해 주세요'), show: { number: '${input.number}', customer: '한빛소프트' }, assignee: 'owner', due_ms: 5_400_000, form: {
        type: 'object', required: ['decision', 'amount'], additionalProperties: false,
        properties: { decision: { type: 'string', title: 'Decision', 'x-ask': T('What is decided?', '어떻게 할까요?'), enum: ['go', 'hold'] }, amount: { type: 'integer', minimum: 1000, title: 'Amount', 'x-ask': T('For how much?', '금액은 얼마인가요?') }, note: { type: 'string', title: 'Note', 'x-ask': T('Anything to add?', '덧붙일 말이 있나요?'), maxLength: 4000 } },
      } },
      { id: 'signed', type: 'wait', label: T('Signature', '서명 기다리기'), message: 'contract.signed', correlation: '${input.number}' },
      { id: 'tell', type: 'emit', label: T('Tell others', '알리기'), message: 'contract.done', payload: { number: '${input.number}' } },
    ],
    edges: [{ from: 'polish', to: 'fill' }, { from: 'fill', to: 'signed' }, { from: 'signed', to: 'tell' }],
  },
  {
    name: 'always-fails', title: T('What always fails', '늘 실패하는 일'), description: T('For trying what happens then.', '실패하면 어떻게 되는지 보려고 만들었어요.'), entry_point: 'check',
    nodes: [{ id: 'check', type: 'validation', label: T('Check', '확인'), rules: [{ when: 'false', message: T('This never holds.', '늘 맞지 않아요.') }] }], edges: [],
  },
];
