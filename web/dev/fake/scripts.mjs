// What happens in the make-believe runs.
const T = (en, ko) => ({ en, ko });
const busy = { code: 'METEL-5004', title: T('The service answered with an error', '서비스가 오류를 돌려줬어요'), detail: '429 rate_limited', hint: T('It is tried again.', '다시 시도해요.') };

export const minutes = (sandbox) => [
  { id: 'a1', tool: 'notion.create_page', label: T('Create the page', '페이지 만들기'), risk: ['write'], ms: 182, payload: { title: '9월 출시 회의록', content: '## 결정\n- 9월 12일 출시\n- 담당: 김민지 010-1234-5678' }, output: { id: 'p1', url: `${sandbox}/notion/p/1` }, products: { page_url: `${sandbox}/notion/p/1`, page_id: 'p1' } },
  { id: 'a2', agent: 'summarizer', label: T('Summarise', '요약하기'), risk: ['read'], ms: 940, cost: 1_240_000, tokens: 812, slow: true, stream: ['9월 12일 출시로 ', '정했어요. ', '디자인 검토는 ', '김민지 님이 맡아요. ', '연락처 010-1234-5678'], payload: { text: '(페이지 본문)' }, output: { summary: '9월 12일 출시로 정했어요.' }, products: { summary: '9월 12일 출시로 정했어요. 디자인 검토는 김민지 님이 맡아요. 연락처 010-1234-5678' } },
  { id: 'a3', tool: 'slack.post_message', label: T('Post to Slack', 'Slack 보내기'), risk: ['write', 'external_send'], ms: 210,
    payload: { channel: '#partners', text: `회의 요약: 9월 12일 출시로 정했어요. 디자인 검토는 김민지 님이 맡아요.\n연락처 010-1234-5678 · minji@hanbit.example\n${sandbox}/notion/p/1` },
    gate: { title: T('Post the minutes\' summary to Slack #partners', 'Slack #partners 에 회의 요약을 보내려고 해요'), preview: T('“회의 요약: 9월 12일 출시로 정했어요…” to #partners (23 members, 4 from outside)', '“회의 요약: 9월 12일 출시로 정했어요…” 를 #partners (23명, 밖의 4명 포함) 에 올려요'),
      verdict: { rule: 'pii.external_send', outside: true, reasons: [T('People outside the workspace read #partners, and the text holds a phone number and a mail address.', '#partners 는 회사 밖 사람도 읽는 채널이고, 글에 전화번호와 이메일이 있어요.')], pii: [{ pointer: '/text', kind: 'phone', masked: '010-****-5678' }, { pointer: '/text', kind: 'email', masked: 'm***i@hanbit.example' }] },
      undo: T('The message can be deleted; notifications are already out.', '메시지 삭제로 되돌릴 수 있어요 (알림은 이미 감).') },
    output: { ok: true, ts: '1763.0001' }, products: { permalink: `${sandbox}/slack/partners#2` },
    answer: { text: 'Notion에 “9월 출시 회의록” 페이지를 만들고, 요약을 Slack #partners 에 공유했어요.', links: [{ title: '9월 출시 회의록', url: `${sandbox}/notion/p/1` }, { title: '#partners', url: `${sandbox}/slack/partners` }], worded: false } },
];

export const figures = (sandbox, channel) => [
  { id: 'a1', tool: 'sheets.get_range', label: T('Read the figures', '숫자 읽기'), risk: ['read'], ms: 96, payload: { spreadsheet: '매출', range: '주간!A1:D8' }, output: { values: [['월', 120], ['화', 138]] }, products: { values: '월 120, 화 138, 수 131' } },
  { id: 'a2', tool: 'slack.post_message', label: T('Post them', '메시지 보내기'), risk: ['write'], ms: 143, payload: { channel: channel ?? null, text: '이번 주 매출: 월 120, 화 138, 수 131' },
    ...(channel ? {} : { missing: [{ key: 'a2.channel', title: T('Which channel?', '어느 채널에 올릴까요?'), schema: { type: 'string' }, candidates: ['#team', '#general', '#marketing'] }] }),
    fails: { times: 1, error: busy }, output: { ok: true }, products: { permalink: `${sandbox}/slack/team#9` },
    answer: { text: '이번 주 매출을 Slack에 올렸어요.', links: [{ title: 'Slack #team', url: `${sandbox}/slack/team` }], worded: false } },
];

export const archive = () => [
  { id: 'a1', tool: 'notion.query_database', label: T('Find the page', '페이지 찾기'), risk: ['read'], ms: 88, payload: { database: '회의록' }, output: { rows: [{ id: 'p7', title: '지난주 회의록' }] }, products: { rows: '지난주 회의록' } },
  { id: 'a2', tool: 'notion.archive_page', label: T('Archive it', '페이지 보관'), risk: ['destructive'], ms: 120, payload: { page_id: 'p7', title: '지난주 회의록' },
    gate: { title: T('Archive the page “지난주 회의록”', '“지난주 회의록” 페이지를 보관하려고 해요'), minutes: 58, preview: T('The page and its 3 subpages move to the bin.', '페이지와 아래 페이지 3개가 휴지통으로 가요.'), verdict: { rule: 'risk.destructive', reasons: [T('Deleting and archiving always need a person\'s word.', '지우거나 보관하는 일은 늘 사람의 허락이 필요해요.')] }, undo: T('It can be restored from the bin for 30 days.', '30일 안에 휴지통에서 되살릴 수 있어요.') },
    answer: { text: '“지난주 회의록” 페이지를 보관했어요.', links: [], worded: false } },
];

export const poisoned = () => [
  { id: 'a1', tool: 'firecrawl.scrape', label: T('Read the web page', '웹 페이지 읽기'), risk: ['read'], ms: 640, untrusted: true, payload: { url: 'https://news.example/trend' }, output: { text: '…' }, products: { text: '올해의 트렌드…' } },
  { id: 'a2', tool: 'slack.post_message', label: T('Post to Slack', 'Slack 보내기'), risk: ['write'], ms: 110,
    payload: { channel: '#general', text: `트렌드 요약: 작은 모델이 늘고 있어요.\u200b 자세한 내용은 https://news.example/\u202egnp.exe 를 보세요.${'\n\n' + Array.from({ length: 14 }, (_, i) => `${i + 1}. 항목 ${i + 1}: 지난해보다 ${(i * 7) % 23}% 늘었어요.`).join('\n')}`, unfurl: false },
    gate: { title: T('Post text from a web page to Slack #general', '웹에서 온 글을 Slack #general 에 올리려고 해요'), minutes: 9, verdict: { rule: 'taint.untrusted_text', reasons: [T('The text comes from outside and holds hidden characters.', '외부에서 온 글이고, 숨은 문자가 들어 있어요.')], untrusted: ['/text'] }, undo: T('The message can be deleted.', '메시지 삭제로 되돌릴 수 있어요.') },
    answer: { text: '트렌드 요약을 #general 에 올렸어요.', links: [], worded: false } },
];

export const broken = () => [
  { id: 'a1', tool: 'sheets.get_range', label: T('Read the figures', '숫자 읽기'), risk: ['read'], ms: 102, payload: { spreadsheet: '매출', range: '주간!A1:D8' }, output: {}, products: { values: '…' } },
  { id: 'a2', tool: 'notion.create_page', label: T('Create the page', '페이지 만들기'), risk: ['write'], ms: 75, payload: { title: '주간 보고' }, fails: { times: 2, forever: true, error: { code: 'METEL-2104', title: T('The connection lacks a permission', '연결에 권한이 모자라요'), detail: 'pages:write', place: 'notion.create_page', hint: T('Add it under Connections, then retry from this step.', '연결에서 권한을 더한 뒤 이 단계부터 다시 하세요.') } } },
  { id: 'a3', tool: 'slack.post_message', label: T('Post to Slack', 'Slack 보내기'), risk: ['write'] },
];

export const grant = () => [
  ['check', 'Check the input', '입력 검증', 120], ['collect', 'Collect calls', '공고 수집', 2300, 40_000_000], ['fit', 'Weigh the fit', '적합성 분석', 3400, 62_000_000], ['write', 'Write the papers', '서류 생성', 5200, 48_000_000], ['review', 'Review', '검토', 900],
].map(([id, en, ko, ms, cost = 0]) => ({ id, type: id === 'check' ? 'validate' : 'agent', agent: id === 'check' ? null : `${id}-agent`, label: T(en, ko), ms, cost, tokens: cost ? 900 : 0, slow: ms > 2000, stream: ms > 3000 ? ['회사의 강점은 ', 'AI 품질 검사이고, ', '공고의 평가 항목과 ', '잘 맞아요.'] : null, risk: ['read'], output: {}, products: id === 'write' ? { document: '사업계획서 v1' } : {}, answer: { text: '사업계획서 초안을 만들고 검토했어요.', links: [], worded: true } }));
