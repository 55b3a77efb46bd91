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
export type RunTab = 'timeline' | 'events' | 'data';
const run = createRoute({
  getParentRoute: () => shell, path: '/runs/$id',
  component: lazyRouteComponent(() => import('@/pages/run/RunPage'), 'RunPage'),
  validateSearch: (search: Record<string, unknown>): { tab?: RunTab | undefined; step?: string | undefined } => ({
    tab: search.tab === 'events' || search.tab === 'data' ? search.tab : undefined,
    step: text(search.step),
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
const nowhere = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound });
const signIn = createRoute({
  getParentRoute: () => rootRoute, path: '/sign-in',
  component: lazyRouteComponent(() => import('@/pages/sign-in/SignInPage'), 'SignInPage'),
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({ next: text(search.next) }),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    shell.addChildren([home, runs, run, approvals, approval, pipelines, tools, tool, connections, audit, sandbox, nowhere]),
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
