// What the make-believe metel knows: tools, pipelines, templates, and a plan for a few requests.
const S = (properties, required) => ({ type: 'object', properties, required, additionalProperties: false });
const str = (description, more = {}) => ({ type: 'string', description, ...more });

export const tools = () => [
  ['notion.create_page', 'Create a page', '페이지 만들기', 'Creates a page in Notion.', 'Notion에 페이지를 만들어요.', ['write'], ['pages:write'], S({ title: str('Title of the page', { maxLength: 200 }), content: str('Markdown', { maxLength: 20000 }), parent: str('Id of the page above') }, ['title']), ['page_url', 'page_id']],
  ['notion.query_database', 'Query a database', '데이터베이스 조회', 'Reads rows of a Notion database.', 'Notion 데이터베이스의 행을 읽어요.', ['read'], ['pages:read'], S({ database: str('Name or id'), filter: { type: 'array', items: { type: 'object' } } }, ['database']), ['rows']],
  ['notion.archive_page', 'Archive a page', '페이지 보관', 'Moves a page to the bin.', '페이지를 휴지통으로 옮겨요.', ['destructive'], ['pages:write'], S({ page_id: str('Id of the page') }, ['page_id']), []],
  ['slack.post_message', 'Post a message', '메시지 보내기', 'Posts a message to a channel.', '채널에 메시지를 보내요.', ['write'], ['chat:write'], S({ channel: str('Channel, with #', { examples: ['#team'] }), text: str('The message', { maxLength: 4000 }) }, ['channel', 'text']), ['permalink']],
  ['slack.delete_message', 'Delete a message', '메시지 삭제', 'Deletes a message.', '메시지를 지워요.', ['destructive'], ['chat:write'], S({ channel: str('Channel'), ts: str('Time stamp of the message') }, ['channel', 'ts']), []],
  ['sheets.get_range', 'Read a range', '범위 읽기', 'Reads cells of a spreadsheet.', '스프레드시트의 칸을 읽어요.', ['read'], ['values:read'], S({ spreadsheet: str('Name'), range: str('Sheet and cells', { examples: ['시트1!A1:C9'] }) }, ['spreadsheet', 'range']), ['values']],
  ['sheets.append_rows', 'Append rows', '행 추가', 'Adds rows to a sheet.', '시트에 행을 더해요.', ['write'], ['values:write'], S({ spreadsheet: str('Name'), range: str('Sheet'), rows: { type: 'array', items: { type: 'array', items: { type: 'string' } } } }, ['spreadsheet', 'range', 'rows']), ['updated_range']],
  ['firecrawl.scrape', 'Read a web page', '웹 페이지 읽기', 'Reads a page as text.', '웹 페이지를 글로 읽어요.', ['read'], [], S({ url: str('Address', { format: 'uri' }) }, ['url']), ['text']],
].map(([id, en, ko, den, dko, risk, scopes, input_schema, produces]) => ({
  id, version: '1.0.0', title: { en, ko }, description: { en: den, ko: dko }, risk, scopes, service: id.split('.')[0], connected: !id.startsWith('firecrawl'),
  trust: id.startsWith('firecrawl') ? 'untrusted' : 'workspace', idempotency: { type: risk[0] === 'read' ? 'natural' : 'key' }, input_schema,
  produces: Object.fromEntries(produces.map((name) => [name, { path: `$.${name}`, type: 'string' }])), digest: `sha256:${id.length.toString(16).padStart(2, '0').repeat(32)}`, enabled: true,
}));

export const templates = () => [
  { skill: 'notes_to_slack', title: { en: 'Write up and share', ko: '정리해서 공유' }, description: { en: 'A page in Notion, its link in Slack.', ko: 'Notion 페이지를 만들고 Slack에 링크를 올려요.' }, examples: ['오늘 회의록을 Notion에 정리하고 Slack에 공유해 줘', 'Write up today\'s minutes in Notion and share them in Slack'], params: {} },
  { skill: 'sheet_report', title: { en: 'Report from a sheet', ko: '시트 보고' }, description: { en: 'Figures of a sheet to a channel.', ko: '시트의 숫자를 채널에 올려요.' }, examples: ['매출 시트의 이번 주 숫자를 #team 채널에 올려 줘', 'Post this week\'s figures of the sales sheet to #team'], params: {} },
  { skill: 'archive', title: { en: 'Tidy up', ko: '정리' }, description: { en: 'Archives a page.', ko: '페이지를 보관해요.' }, examples: ['지난주 회의록 페이지를 보관해 줘', 'Archive last week\'s minutes'], params: {} },
];

export const pipelines = () => [
  ['grant-factory', 'Grant Factory', '지원사업 서류 만들기', 'Finds a call, weighs whether it fits, writes the papers and checks them.', '공고를 모아 맞는지 따져 보고, 서류를 쓰고 검토해요.', 6, 'pipeline', S({ company: str('Name of the company', { title: '회사 이름', examples: ['한빛소프트'] }), field: { type: 'string', title: '분야', enum: ['AI', '바이오', '에너지'] }, budget: { type: 'integer', title: '희망 금액 (만원)', minimum: 100, default: 5000 }, keywords: { type: 'array', title: '핵심어', items: { type: 'string' } } }, ['company', 'field'])],
  ['document-verify', 'Document Verify', '문서 검증', 'Reads a document and compares it with its source.', '문서를 읽고 근거와 맞는지 확인해요.', 4, 'pipeline', S({ url: str('Address of the document', { title: '문서 주소', format: 'uri' }), strict: { type: 'boolean', title: '엄격하게' } }, ['url'])],
  ['osmu-marketing', 'OSMU Marketing', '원소스 멀티유즈 마케팅', 'One source, several channels: blog, cards, short posts.', '한 가지 소재로 블로그, 카드뉴스, 짧은 글을 만들어요.', 7, 'pipeline', S({ topic: str('What it is about', { title: '소재', maxLength: 500 }) }, ['topic'])],
  ['auto-healing', 'Auto-Healing', '자동 복구', 'Looks at a failing service, proposes a repair, asks, and repairs.', '고장 난 서비스를 살펴보고 고칠 방법을 물어본 뒤 고쳐요.', 5, 'pipeline', S({}, [])],
].map(([name, en, ko, den, dko, nodes, front, input_schema]) => ({ name, version: 3, title: { en, ko }, description: { en: den, ko: dko }, input_schema, front, digest: `sha256:${name}`, nodes, created_at: '2025-11-01T09:00:00.000000Z' }));

/** A plan for a request that this make-believe understands, else null. */
export function plannedFor(request, lang) {
  const considered = ['notion.create_page', 'slack.post_message', 'text.summarize', 'notion.query_database', 'sheets.append_rows'];
  if (/주식|로켓|rocket|stock/i.test(request)) return null;
  if (/보관|지워|삭제|archive|delete/i.test(request)) {
    return { goal: lang === 'ko' ? '지난주 회의록 페이지 보관' : 'Archive last week\'s minutes', tools_considered: considered, actions: [
      action('a1', 'notion.query_database', ['Find the page', '페이지 찾기'], ['Looks for the page in the database “회의록”.', '데이터베이스 “회의록”에서 페이지를 찾아요.'], { database: '회의록' }, ['read'], [], ['rows']),
      action('a2', 'notion.archive_page', ['Archive it', '페이지 보관'], ['Archives the page that was found.', '찾은 페이지를 보관해요.'], { page_id: '${a1.rows[0].id}' }, ['destructive'], ['a1.rows'], [], { rule: 'risk.destructive', reason: { en: 'Deleting and archiving always need a person\'s word.', ko: '지우거나 보관하는 일은 늘 사람의 허락이 필요해요.' } }),
    ] };
  }
  if (/시트|매출|sheet|figures/i.test(request)) {
    const where = /#\S+/.exec(request)?.[0];
    return { goal: lang === 'ko' ? '매출 숫자를 채널에 공유' : 'Share the sales figures', tools_considered: considered, assumptions: [{ en: '“This week” is Monday to today.', ko: '“이번 주”는 월요일부터 오늘까지로 봤어요.' }], actions: [
      action('a1', 'sheets.get_range', ['Read the figures', '숫자 읽기'], ['Reads “매출”, this week\'s rows.', '“매출” 시트에서 이번 주 행을 읽어요.'], { spreadsheet: '매출', range: '주간!A1:D8' }, ['read'], [], ['values']),
      action('a2', 'slack.post_message', ['Post them', '메시지 보내기'], ['Posts the figures to a channel.', '채널에 숫자를 올려요.'], { channel: where ?? 'MISSING', text: '이번 주 매출: ${a1.values}' }, ['write'], ['a1.values'], ['permalink']),
    ], missing: where ? [] : [{ key: 'a2.channel', title: { en: 'Which channel?', ko: '어느 채널에 올릴까요?' }, schema: { type: 'string' }, candidates: ['#team', '#general', '#marketing'] }] };
  }
  return { goal: lang === 'ko' ? '회의록을 정리하고 파트너 채널에 공유' : 'Write up the minutes and share them with partners', tools_considered: considered, actions: [
    action('a1', 'notion.create_page', ['Create the page', '페이지 만들기'], ['Creates the page “9월 출시 회의록” in Notion.', 'Notion에 “9월 출시 회의록” 페이지를 만들어요.'], { title: '9월 출시 회의록', content: '## 결정\n- 9월 12일 출시\n- 담당: 김민지' }, ['write'], [], ['page_url', 'page_id']),
    action('a2', 'text.summarize', ['Summarise', '요약하기'], ['Sums the minutes up in three sentences.', '회의록을 세 문장으로 요약해요.'], { text: '${a1.page_url}' }, ['read'], ['a1.page_url'], ['summary']),
    action('a3', 'slack.post_message', ['Post to Slack', 'Slack 보내기'], ['Posts the summary and the page\'s link to #partners.', '#partners 채널에 요약과 페이지 링크를 올려요.'], { channel: '#partners', text: '${a2.summary}\n${a1.page_url}' }, ['write', 'external_send'], ['a2.summary', 'a1.page_url'], ['permalink'], { rule: 'pii.external_send', reason: { en: 'People outside read this channel, and the text holds a phone number.', ko: '회사 밖 사람이 읽는 채널이고, 글에 전화번호가 있어요.' } }),
  ] };
}

function action(id, tool, title, sentence, args, risk, requires, produces, approval = null) {
  return { id, tool, title: { en: title[0], ko: title[1] }, sentence: { en: sentence[0], ko: sentence[1] }, args, risk, requires, produces, approval };
}
