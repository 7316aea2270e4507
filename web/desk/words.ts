import { sentences } from '@shared/words/i18n';

/** The sentences of the shell and of the parts that pages are made of; each page has a table of its own beside it. */
export const TABLE = {
  'app.name': ['铅垂', 'Plumbline'],
  'app.desk': ['桌面端', 'Desk'],
  loading: ['正在读取…', 'Loading…'],
  again: ['重试', 'Try again'],
  cancel: ['取消', 'Cancel'],
  close: ['关闭', 'Close'],
  save: ['保存', 'Save'],
  saved: ['已保存', 'Saved'],
  more: ['继续加载', 'Load more'],
  none: ['没有内容', 'Nothing here'],
  optional: ['(可不填)', '(optional)'],
  skip: ['跳到正文', 'Skip to content'],
  pick: ['选择', 'Choose'],
  pickAll: ['全选本页', 'Choose all that are shown'],
  'count.shown': ['已显示 {n} 条', '{n} shown'],
  'count.shownMore': ['已显示 {n} 条,还有更多', '{n} shown, there are more'],

  // The frame
  'nav.label': ['主菜单', 'Main menu'],
  'nav.paper': ['单据', 'Paper'],
  'nav.reports': ['报告', 'Reports'],
  'nav.site': ['现场', 'Site'],
  'nav.setup': ['设置', 'Set-up'],
  'nav.me': ['我的', 'Mine'],
  'bar.project': ['工程', 'Project'],
  'bar.allProjects': ['全部工程', 'All projects'],
  'bar.language': ['English', '中文'],
  'bar.theme': ['明暗', 'Light or dark'],
  'bar.theme.system': ['跟随系统', 'As the system'],
  'bar.theme.light': ['浅色', 'Light'],
  'bar.theme.dark': ['深色', 'Dark'],
  'bar.signOut': ['退出登录', 'Sign out'],
  'missing.title': ['没有这个页面', 'There is no such page'],
  'missing.text': [
    '地址可能不完整,或者您没有此页的权限。',
    'The address may be incomplete, or the page is not yours to see.',
  ],
  'missing.first': ['回到首页', 'Go to the first page'],
  'broken.title': ['这个页面出错了', 'This page failed'],
  'broken.text': [
    '已提交的内容都在服务器上;没有提交的更正还留在本标签页里。请重新打开;如果还是不行,请截图发给管理员。',
    'What was sent is on the server; corrections that were not sent are still in this tab. Open the page again; if that does not help, send a screenshot to your administrator.',
  ],
  'broken.again': ['重新打开', 'Open again'],
  'outdated.title': ['桌面端有新版本', 'There is a newer version of the desk'],
  'outdated.text': ['刷新即可;没有提交的更正会保留。', 'Reload the page; corrections that were not sent are kept.'],
  'outdated.reload': ['刷新', 'Reload'],

  // Signing in
  'signIn.title': ['登录', 'Sign in'],
  'signIn.login': ['登录名', 'Login'],
  'signIn.password': ['密码', 'Password'],
  'signIn.totp': ['动态口令', 'One-time code'],
  'signIn.totpHint': ['验证器应用上的六位数字', 'The six digits that your authenticator app shows'],
  'signIn.do': ['登录', 'Sign in'],
  'signIn.over': ['登录已到期', 'Your session has ended'],
  'signIn.overText': [
    '再次登录后从这里继续,填写的内容都还在。',
    'Sign in again and go on from here; what you typed is still there.',
  ],
  'signIn.other': ['换人登录', 'Sign in as another person'],

  // What went wrong
  'trouble.unreachable': ['服务器没有应答', 'The server did not answer'],
  'trouble.unreachableNext': ['请检查网络,然后重试。', 'Check the network, then try again.'],
  'trouble.failed': ['没有成功', 'It did not succeed'],
} as const;

export const t = sentences(TABLE);
