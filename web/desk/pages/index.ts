import type { Role } from '@contract/generated/contract';
import { to } from '../router';
import type { PageRow } from './row';

/** Who reads the reports of a section. */
const READERS: readonly Role[] = ['supervisor', 'clerk', 'leader', 'finance', 'auditor', 'inspector', 'contractor'];

/** Who decides about evidence. */
const DESK: readonly Role[] = ['clerk', 'supervisor'];

/** Who sees what is parked: whose it is, who looks after the section, and the administrator. */
const KEEPERS: readonly Role[] = [...DESK, 'inspector', 'contractor', 'admin'];

/** Every page of the desk: a file here and a row in this table, in the order of the menu. */
export const PAGES: readonly PageRow[] = [
  {
    path: '/queue',
    name: ['待办单据', 'Papers that wait'],
    roles: ['clerk'],
    menu: 'paper',
    load: () => import('./queue'),
  },
  {
    path: '/bring',
    name: ['批量上传', 'Bring a folder'],
    roles: ['clerk'],
    menu: 'paper',
    load: () => import('./bring'),
  },
  {
    path: '/scans/:scan',
    name: ['扫描件', 'Scan'],
    roles: ['clerk'],
    under: '/queue',
    whole: true,
    load: () => import('./scan'),
  },
  {
    path: '/overview',
    name: ['总览', 'Overview'],
    roles: ['leader', 'supervisor', 'finance', 'auditor'],
    menu: 'reports',
    load: () => import('./overview'),
  },
  {
    path: '/reports',
    name: ['报告', 'Reports'],
    roles: READERS,
    menu: 'reports',
    load: () => import('./reports'),
  },
  {
    path: '/reports/:id',
    name: ['报告', 'Report'],
    roles: READERS,
    under: '/reports',
    load: () => import('./report'),
  },
  {
    path: '/calendar',
    name: ['日历', 'Calendar'],
    roles: READERS,
    menu: 'reports',
    load: () => import('./calendar'),
  },
  {
    path: '/conflicts',
    name: ['不一致', 'Conflicts'],
    roles: READERS,
    menu: 'reports',
    load: () => import('./conflicts'),
  },
  {
    path: '/conflicts/:id',
    name: ['不一致', 'Conflict'],
    roles: READERS,
    under: '/conflicts',
    load: () => import('./conflict'),
  },
  { path: '/evidence', name: ['疑点', 'Evidence'], roles: DESK, menu: 'reports', load: () => import('./evidence') },
  { path: '/parked', name: ['暂存', 'Parked'], roles: KEEPERS, menu: 'reports', load: () => import('./parked') },
  {
    path: '/projects',
    name: ['工程', 'Projects'],
    roles: ['admin', 'supervisor'],
    menu: 'setup',
    load: () => import('./projects'),
  },
  {
    path: '/projects/:id',
    name: ['工程', 'Project'],
    roles: ['admin', 'supervisor'],
    under: '/projects',
    load: () => import('./project'),
  },
  {
    path: '/forms',
    name: ['表单', 'Forms'],
    roles: ['admin', 'supervisor', 'clerk'],
    menu: 'setup',
    load: () => import('./forms'),
  },
  {
    path: '/forms/:id/:version',
    name: ['表单', 'Form'],
    roles: ['admin', 'supervisor', 'clerk'],
    under: '/forms',
    load: () => import('./form'),
  },
  { path: '/phones', name: ['手机', 'Phones'], roles: ['admin'], menu: 'setup', load: () => import('./phones') },
  { path: '/people', name: ['人员', 'People'], roles: ['admin'], menu: 'setup', load: () => import('./people') },
  {
    path: '/people/:id',
    name: ['人员', 'Person'],
    roles: ['admin'],
    under: '/people',
    load: () => import('./person'),
  },
  { path: '/jobs', name: ['放弃的任务', 'Dead jobs'], roles: ['admin'], menu: 'setup', load: () => import('./jobs') },
  { path: '/me', name: ['账号', 'Account'], roles: 'everyone', menu: 'me', load: () => import('./account') },
];

/** The first page of a role, for who holds several by the order of this table; with what its list is narrowed by. */
const FIRST: readonly (readonly [role: Role, path: string, asked?: Readonly<Record<string, string>>])[] = [
  ['clerk', '/queue'],
  ['supervisor', '/reports', { state: 'waiting' }],
  ['admin', '/projects'],
  ['leader', '/overview'],
  ['finance', '/overview'],
  ['auditor', '/overview'],
];

/** The pages that are offered to who holds these roles. */
export function offered(held: ReadonlySet<Role>, pages: readonly PageRow[] = PAGES): readonly PageRow[] {
  return pages.filter((page) => page.roles === 'everyone' || page.roles.some((role) => held.has(role)));
}

/** The address that `/desk/` opens. */
export function first(held: ReadonlySet<Role>, pages: readonly PageRow[] = PAGES): string {
  const there = new Set(offered(held, pages).map((page) => page.path));
  const wanted = FIRST.find(([role, path]) => held.has(role) && there.has(path));
  if (wanted) return to(wanted[1], wanted[2]);
  return to(offered(held, pages).find((page) => page.menu)?.path ?? '/me');
}
