// Every page has a URL, filters included; every page but the shell is its own chunk.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { HomePage } from '@/pages/home/HomePage';
import { NotFound } from './NotFound';
import { PageFault } from './PageFault';
import { Shell } from './Shell';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

const rootRoute = createRootRoute({ notFoundComponent: NotFound });
const shell = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell });

const home = createRoute({
  getParentRoute: () => shell, path: '/', component: HomePage,
  validateSearch: (search: Record<string, unknown>): { ask?: string | undefined } => ({ ask: text(search.ask) }),
});
const runs = createRoute({
  getParentRoute: () => shell, path: '/runs',
  component: lazyRouteComponent(() => import('@/pages/runs/RunsPage'), 'RunsPage'),
  validateSearch: (search: Record<string, unknown>): { status?: string | undefined; q?: string | undefined } => ({ status: text(search.status), q: text(search.q) }),
});
const runTabs = ['timeline', 'graph', 'waterfall', 'plan', 'cost', 'events', 'data', 'replay'] as const;
export type RunTab = (typeof runTabs)[number];
const run = createRoute({
  getParentRoute: () => shell, path: '/runs/$id',
  component: lazyRouteComponent(() => import('@/pages/run/RunPage'), 'RunPage'),
  validateSearch: (search: Record<string, unknown>): { tab?: RunTab | undefined; step?: string | undefined; /** The event that the replay stands at. */ at?: number | undefined } => ({
    tab: runTabs.find((each) => each === search.tab && each !== 'timeline'),
    step: text(search.step),
    at: Number.isSafeInteger(search.at) && Number(search.at) > 0 ? Number(search.at) : undefined,
  }),
});
export type InboxView = 'pending' | 'done';
const inbox = (search: Record<string, unknown>): { view?: InboxView | undefined } => ({ view: search.view === 'done' ? 'done' : undefined });
const approvals = createRoute({
  getParentRoute: () => shell, path: '/approvals', validateSearch: inbox,
  component: lazyRouteComponent(() => import('@/pages/approvals/ApprovalsPage'), 'ApprovalsPage'),
});
const approval = createRoute({
  getParentRoute: () => shell, path: '/approvals/$id', validateSearch: inbox,
  component: lazyRouteComponent(() => import('@/pages/approvals/ApprovalsPage'), 'ApprovalsPage'),
});
const pipelines = createRoute({
  getParentRoute: () => shell, path: '/pipelines',
  component: lazyRouteComponent(() => import('@/pages/pipelines/PipelinesPage'), 'PipelinesPage'),
  validateSearch: (search: Record<string, unknown>): { start?: string | undefined; run?: string | undefined } => ({ start: text(search.start), run: text(search.run) }),
});
const editor = createRoute({ getParentRoute: () => shell, path: '/pipelines/$name/edit', component: lazyRouteComponent(() => import('@/pages/editor/EditorPage'), 'EditorPage') });
const tools = createRoute({
  getParentRoute: () => shell, path: '/tools',
  component: lazyRouteComponent(() => import('@/pages/tools/ToolsPage'), 'ToolsPage'),
  validateSearch: (search: Record<string, unknown>): { q?: string | undefined } => ({ q: text(search.q) }),
});
const tool = createRoute({
  getParentRoute: () => shell, path: '/tools/$id',
  component: lazyRouteComponent(() => import('@/pages/tools/ToolPage'), 'ToolPage'),
});
const connections = createRoute({
  getParentRoute: () => shell, path: '/connections',
  component: lazyRouteComponent(() => import('@/pages/connections/ConnectionsPage'), 'ConnectionsPage'),
  validateSearch: (search: Record<string, unknown>): { connect?: string | undefined } => ({ connect: text(search.connect) }),
});
const audit = createRoute({
  getParentRoute: () => shell, path: '/audit',
  component: lazyRouteComponent(() => import('@/pages/audit/AuditPage'), 'AuditPage'),
  validateSearch: (search: Record<string, unknown>): { run?: string | undefined } => ({ run: text(search.run) }),
});
const sandbox = createRoute({
  getParentRoute: () => shell, path: '/sandbox',
  component: lazyRouteComponent(() => import('@/pages/sandbox/SandboxPage'), 'SandboxPage'),
});
const work = createRoute({
  getParentRoute: () => shell, path: '/work',
  component: lazyRouteComponent(() => import('@/pages/work/WorkPage'), 'WorkPage'),
  validateSearch: (search: Record<string, unknown>): { open?: string | undefined; mine?: true | undefined } => ({ open: text(search.open), mine: search.mine === true ? true : undefined }),
});
const messages = createRoute({
  getParentRoute: () => shell, path: '/messages',
  component: lazyRouteComponent(() => import('@/pages/messages/MessagesPage'), 'MessagesPage'),
  validateSearch: (search: Record<string, unknown>): { name?: string | undefined; state?: string | undefined; open?: string | undefined; publish?: string | undefined; correlation?: string | undefined } => ({
    name: text(search.name), state: text(search.state), open: text(search.open), publish: text(search.publish), correlation: text(search.correlation),
  }),
});
const dead = createRoute({
  getParentRoute: () => shell, path: '/dead',
  component: lazyRouteComponent(() => import('@/pages/dead/DeadPage'), 'DeadPage'),
});
const settingsParts = ['appearance', 'tokens', 'policy', 'bench'] as const;
export type SettingsPart = (typeof settingsParts)[number];
const settings = createRoute({
  getParentRoute: () => shell, path: '/settings',
  component: lazyRouteComponent(() => import('@/pages/settings/SettingsPage'), 'SettingsPage'),
  validateSearch: (search: Record<string, unknown>): { part?: SettingsPart | undefined; make?: true | undefined } => ({ part: settingsParts.find((each) => each === search.part && each !== 'appearance'), make: search.make === true ? true : undefined }),
});
const spans = ['day', 'week', 'month', 'all'] as const;
const costs = createRoute({
  getParentRoute: () => shell, path: '/costs',
  component: lazyRouteComponent(() => import('@/pages/costs/CostsPage'), 'CostsPage'),
  validateSearch: (search: Record<string, unknown>): { span?: (typeof spans)[number] | undefined } => ({ span: spans.find((each) => each === search.span && each !== 'month') }),
});
const models = createRoute({
  getParentRoute: () => shell, path: '/models',
  component: lazyRouteComponent(() => import('@/pages/models/ModelsPage'), 'ModelsPage'),
  validateSearch: (search: Record<string, unknown>): { add?: true | undefined } => ({ add: search.add === true ? true : undefined }),
});
const secrets = createRoute({ getParentRoute: () => shell, path: '/secrets', component: lazyRouteComponent(() => import('@/pages/secrets/SecretsPage'), 'SecretsPage') });
const operations = createRoute({ getParentRoute: () => shell, path: '/operations', component: lazyRouteComponent(() => import('@/pages/operations/OperationsPage'), 'OperationsPage') });
const agents = createRoute({
  getParentRoute: () => shell, path: '/agents',
  component: lazyRouteComponent(() => import('@/pages/agents/AgentsPage'), 'AgentsPage'),
  validateSearch: (search: Record<string, unknown>): { open?: string | undefined } => ({ open: text(search.open) }),
});
const nowhere = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound });
const signIn = createRoute({
  getParentRoute: () => rootRoute, path: '/sign-in',
  component: lazyRouteComponent(() => import('@/pages/sign-in/SignInPage'), 'SignInPage'),
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({ next: text(search.next) }),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    shell.addChildren([home, runs, run, approvals, approval, pipelines, editor, tools, tool, connections, audit, sandbox, work, messages, dead, costs, models, secrets, operations, agents, settings, nowhere]),
    signIn,
  ]),
  basepath: '/app',
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFault,
  scrollRestoration: true,
  trailingSlash: 'never',
});

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
