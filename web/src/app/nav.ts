// What the navigation shows. Only pages that work are listed.
import { Activity, Blocks, Bot, ClipboardCheck, ClipboardPen, Coins, Cpu, FlaskConical, House, KeyRound, ListTree, Mails, PlugZap, RotateCcwSquare, Settings, ShieldCheck, Workflow, type LucideIcon } from 'lucide-react';
import type { Key } from '@/words';

export interface NavItem { to: '/' | '/approvals' | '/runs' | '/pipelines' | '/tools' | '/connections' | '/audit' | '/sandbox' | '/work' | '/messages' | '/dead' | '/costs' | '/models' | '/secrets' | '/operations' | '/agents' | '/settings'; word: Key & `nav.${string}`; icon: LucideIcon; letter?: string }
export interface NavGroup { word: Key & `nav.${string}`; items: NavItem[] }

export const navGroups: NavGroup[] = [
  { word: 'nav.work', items: [
    { to: '/', word: 'nav.home', icon: House, letter: 'h' },
    { to: '/approvals', word: 'nav.approvals', icon: ClipboardCheck, letter: 'a' },
    { to: '/work', word: 'nav.work_items', icon: ClipboardPen, letter: 'w' },
  ] },
  { word: 'nav.build', items: [
    { to: '/pipelines', word: 'nav.pipelines', icon: Workflow, letter: 'p' },
    { to: '/agents', word: 'nav.agents', icon: Bot, letter: 'b' },
    { to: '/tools', word: 'nav.tools', icon: Blocks, letter: 't' },
    { to: '/connections', word: 'nav.connections', icon: PlugZap, letter: 'c' },
  ] },
  { word: 'nav.observe', items: [
    { to: '/runs', word: 'nav.runs', icon: ListTree, letter: 'r' },
    { to: '/messages', word: 'nav.messages', icon: Mails, letter: 'm' },
    { to: '/dead', word: 'nav.dead', icon: RotateCcwSquare, letter: 'd' },
    { to: '/costs', word: 'nav.costs', icon: Coins, letter: 'k' },
    { to: '/operations', word: 'nav.operations', icon: Activity, letter: 'o' },
    { to: '/audit', word: 'nav.audit', icon: ShieldCheck, letter: 'u' },
    { to: '/sandbox', word: 'nav.sandbox', icon: FlaskConical, letter: 's' },
  ] },
  { word: 'nav.manage', items: [
    { to: '/models', word: 'nav.models', icon: Cpu, letter: 'l' },
    { to: '/secrets', word: 'nav.secrets', icon: KeyRound, letter: 'v' },
    { to: '/settings', word: 'nav.settings', icon: Settings, letter: ',' },
  ] },
];
