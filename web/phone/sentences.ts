import { UI } from '@shared/ui/sentences';
import { sentences } from '@shared/words/i18n';
import { ABOUT } from './sentences-about';

/** Every sentence of the shell and its screens, in Chinese and English, by screen. */
export const TABLE = {
  cancel: ['取消', 'Cancel'],
  done: ['完成', 'Done'],
  loading: ['正在打开…', 'Opening…'],
  'tabs.label': ['主菜单', 'Main menu'],
  'tabs.today': ['今日', 'Today'],
  'tabs.records': ['记录', 'Records'],
  'tabs.outbox': ['上传', 'Sending'],
  'tabs.me': ['我的', 'Me'],
  'kind.photos': ['照片 {n} 张', 'Photos ({n})'],
  'kind.pages': ['扫描件 {n} 页', 'Scan, pages: {n}'],

  // The error boundary
  'broken.title': ['这个页面出错了', 'This screen failed'],
  'broken.text': [
    '已保存的内容都还在手机里,没有丢失。请重新打开;如果还是不行,请截图发给管理员。',
    'What was saved is still on this phone; nothing is lost. Open it again; if that does not help, send a screenshot to your administrator.',
  ],
  'broken.again': ['重新打开', 'Open again'],
  'broken.home': ['回到今日', 'Back to today'],
  'broken.unopened': ['手机里的数据打不开', 'The data on this phone cannot be opened'],
  'broken.unopenedNext': [
    '请关掉本应用的其他窗口,不要用无痕模式,再打开一次。内容仍在手机里。',
    'Close other windows of this app, leave private mode, and open it again. The data is still on this phone.',
  ],

  // A newer version
  'update.title': ['有新版本', 'There is a new version'],
  'update.text': ['手上的事做完再更新,不会丢失内容。', 'Finish what you are doing first; nothing is lost by updating.'],
  'update.take': ['现在更新', 'Update now'],

  // A wrong clock
  'clock.slow': ['手机时间慢了 {by}', 'The clock of this phone is {by} slow'],
  'clock.fast': ['手机时间快了 {by}', 'The clock of this phone is {by} fast'],
  'clock.text': [
    '日期已按服务器时间({at})更正。请到系统设置打开“自动确定日期和时间”。',
    'Days are proposed by the server’s time ({at}). Turn on automatic date and time in the settings of the phone.',
  ],

  // How far something has come
  'standing.held': ['需处理', 'Needs you'],
  'standing.here': ['待上传', 'On this phone'],
  'standing.files': ['文件上传中', 'Files on the way'],
  'standing.safe': ['已送达', 'Delivered'],
  'standing.wait': ['等待', 'Waiting'],

  // How sending stands
  'traffic.stopped': ['需处理', 'Needs you'],
  'traffic.failing': ['上传出错', 'Sending fails'],
  'traffic.offline': ['没有网络', 'Offline'],
  'traffic.offlineN': ['离线 · {n} 项待传', 'Offline · {n} to send'],
  'traffic.sending': ['正在上传 {n}', 'Sending {n}'],
  'traffic.waiting': ['{n} 项待传', '{n} to send'],
  'traffic.done': ['已全部送达', 'All delivered'],

  // Enrolling
  'enrol.title': ['启用这部手机', 'Set up this phone'],
  'enrol.lead': ['向管理员要一个启用码,扫一扫或输入。', 'Ask your administrator for a code; scan or type it.'],
  'enrol.scan': ['扫描二维码', 'Scan the QR code'],
  'enrol.code': ['启用码', 'Code'],
  'enrol.codeHint': [
    '10 位字母和数字,15 分钟内有效,只能用一次。',
    'Ten letters and digits; works once, for 15 minutes.',
  ],
  'enrol.device': ['手机名称', 'Name of this phone'],
  'enrol.deviceHint': ['管理员凭它认出这部手机。', 'By this your administrator recognises the phone.'],
  'enrol.go': ['启用', 'Set up'],
  'enrol.busy': ['正在启用…', 'Setting up…'],
  'enrol.offline': [
    '启用需要联网。请到有信号的地方再试。',
    'Setting up needs the network. Try again where there is a signal.',
  ],
  'enrol.noCode': ['二维码里没有启用码', 'There is no code in this QR code'],
  'enrol.aim': ['把二维码放进框内', 'Put the QR code inside the frame'],
  'enrol.again': ['需要重新启用', 'To be set up again'],
  'enrol.againText': [
    '这部手机的登录已失效。请向管理员要一个新的启用码;没有上传的内容都保留着,启用后接着上传。',
    'This phone is signed out. Ask for a new code; everything not yet sent is kept and will be sent after that.',
  ],
  'enrol.wiped': ['这部手机上的数据已按管理员要求清除', 'The data on this phone was wiped as your administrator asked'],
  'enrol.deviceName': ['我的手机', 'My phone'],

  // Today
  'today.title': ['今日', 'Today'],
  'today.place': ['所在标段', 'Section'],
  'today.noPlace': ['还没有分配标段', 'No section is assigned to you yet'],
  'today.noPlaceNext': [
    '请管理员给你分配标段和角色;分配后联网一次即可使用。',
    'Ask your administrator for a section and a role; connect once after that.',
  ],
  'today.forms': ['其他表单', 'Other forms'],
  'today.matters': ['退回与提醒', 'Came back to you'],
  'today.thread': ['今天做了什么', 'Done today'],
  'today.empty': ['今天还没有打卡、照片或扫描', 'No check-in, photo or scan today yet'],
  'today.seen': ['知道了', 'Got it'],
  'today.stuck': ['{n} 项还没送出', '{n} not delivered yet'],
  'today.saved': ['已保存在手机里', 'Saved on this phone'],

  // The log of the day, and forms
  'log.none': ['还没写', 'Not begun'],
  'log.draft': ['写了一半,未提交', 'Begun, not filed'],
  'log.conflict': ['有不一致,请选定', 'Something differs; choose'],
  'log.filed': ['已提交,未签字', 'Filed, not signed'],
  'log.signed': ['已签字', 'Signed'],
  'log.amended': ['有未签的修订', 'Amended, not signed'],
  'forms.title': ['填表', 'Forms'],
  'forms.new': ['新填一份', 'Fill in a new one'],
  'forms.begun': ['未提交的草稿', 'Begun, not filed'],
  'forms.drafts': ['{n} 份草稿', '{n} begun'],
  'forms.unknown': ['这张表的格式还没有下载', 'This form is not on this phone yet'],
  'forms.unknownNext': ['联网一次后再打开。', 'Connect once, then open it again.'],

  // What the phone itself has to say
  'phone.unreachable': ['连不上服务器,内容都在手机里', 'The server cannot be reached; everything is kept here'],
  'phone.no_space': ['手机存储空间不够,请腾出空间', 'There is no room left on this phone; free some'],
  'phone.outdated': [
    '另一个窗口里是新版本,请关掉这个窗口重新打开',
    'Another window runs a newer version; close this one and open it anew',
  ],
  'phone.unsent': ['还有内容没有上传', 'Not everything was sent'],
  'phone.dismissed': ['服务器不再接收这部手机', 'The server takes nothing more of this phone'],
  'phone.failed': ['没有成功,请再试一次', 'That did not work; try again'],

  // What came back
  'matter.conflict': ['同一处有两种填法', 'Two people filled in one field differently'],
  'matter.conflictNext': ['两个内容都保留着,请选一个。', 'Both are kept; choose one.'],
  'matter.misfit': ['有 {n} 处填写不符合表单', 'Your answers that do not fit the form: {n}'],
  'matter.misfitNext': ['内容原样保留着,请点开改正。', 'They are kept as they came; open the report and correct them.'],
  'matter.parked': ['服务器暂时没有采用', 'Kept by the server, not applied'],
  'matter.discarded': ['被内业退回', 'Returned by the desk'],
  'matter.returned': ['报表被退回,请改正', 'A report was returned: correct it'],
  'matter.reviewed': ['报表已审核', 'A report was reviewed'],
  'matter.approved': ['报表已通过', 'A report was approved'],
  'matter.scanConfirmed': ['扫描件已由内业确认成表', 'The desk filed what you scanned'],
  'matter.scanDiscarded': ['内业没有采用扫描件', 'The desk did not use your scan'],
  'matter.scanFailed': ['扫描件没有识别成功', 'A scan could not be read'],

  // Photographs
  'photo.title': ['拍照', 'Photo'],
  'photo.camera': ['打开相机', 'Camera'],
  'photo.series': ['连续拍', 'Take several'],
  'photo.files': ['从手机选择', 'Choose files'],
  'photo.note': ['说明(可不填)', 'Note (optional)'],
  'photo.place': ['部位 / 桩号(可不填)', 'Part or stake (optional)'],
  'photo.placeHint': ['例如 K0+620', 'For example K0+620'],
  'photo.save': ['保存 {n} 张', 'Save ({n})'],
  'photo.none': [
    '拍下或选好的照片会立刻存进手机,再填说明。',
    'Pictures are kept on this phone at once; add a note after.',
  ],
  'photo.drop': ['去掉第 {n} 张', 'Leave out picture {n}'],
  'photo.most': ['一次最多 {n} 张,其余请下次再选', 'At most {n} at once; choose the rest after saving'],
  'photo.number': ['第 {n} 张', 'Picture {n}'],
  'photo.keeping': ['正在存入手机…', 'Keeping…'],
  'photo.unkept': ['这张没有存下来', 'This picture was not kept'],
  'photo.full': ['手机存储空间不够', 'There is no room left on this phone'],
  'photo.fullNext': [
    '请先联网上传已有照片,或删掉别的内容腾出空间,然后重拍。',
    'Connect and send what is waiting, or free some space, then take it again.',
  ],
  'photo.fromFile': ['文件', 'File'],
  'photo.low': ['手机空间只剩 {left}', 'Only {left} left on this phone'],
  'photo.lowNext': [
    '请尽快联网上传;送达的照片会自动从手机清除。',
    'Connect soon; pictures that were delivered leave this phone by themselves.',
  ],
  'photo.noPosition': ['没有定位', 'No position'],

  // Position
  'fix.looking': ['正在定位…', 'Looking for the position…'],
  'fix.found': ['已定位 {accuracy}', 'Position found {accuracy}'],
  'fix.denied': ['没有定位权限', 'Position not allowed'],
  'fix.deniedNext': [
    '请在手机设置里允许本应用使用位置,再点“重新定位”。',
    'Allow the position for this app in the settings of the phone, then look again.',
  ],
  'fix.absent': ['暂时定不了位', 'No position right now'],
  'fix.absentNext': ['请走到露天处,等一会儿再试。', 'Go out into the open and wait a moment.'],
  'fix.again': ['重新定位', 'Look again'],
  'fix.old': [
    '位置是先前的,正在重新定位,请稍等再按一次',
    'That position is old: finding it anew, press again in a moment',
  ],
  'fix.rough': ['精度较差,可能判断不了是否在场内', 'Rough; the fence may not be able to tell'],

  // Check-in
  'checkIn.title': ['打卡', 'Check in'],
  'checkIn.go': ['打卡', 'Check in'],
  'checkIn.again': ['再打一次', 'Check in again'],
  'checkIn.note': ['备注(可不填)', 'Note (optional)'],
  'checkIn.done': ['{time} 已打卡', 'Checked in at {time}'],
  'checkIn.verdict': ['{time} 已打卡 · {verdict}', 'Checked in at {time} · {verdict}'],
  'checkIn.waiting': [
    '已记下,联网后服务器判断是否在场内。',
    'Recorded; the server says whether it was on site once connected.',
  ],
  'checkIn.today': ['今天的打卡', 'Check-ins today'],
  'checkIn.told': ['在场外也可以打卡,只作提示。', 'You may check in outside too; it is only noted.'],
  'verdict.inside': ['在场内', 'On site'],
  'verdict.outside': ['在场外', 'Off site'],
  'verdict.uncertain': ['无法判断', 'Cannot tell'],
  'verdict.none': ['未设围栏', 'No fence here'],
  'verdict.pending': ['待判断', 'Not judged yet'],
  'verdict.noAccuracy': ['定位没有给出精度', 'The position came without its accuracy'],
  'verdict.crossesEdge': ['定位误差跨过了围栏边界', 'The error of the position crosses the fence'],
  'verdict.nowhere': ['没有定位:位置是占位值 0, 0', 'No fix: the position is the placeholder 0, 0'],
  'verdict.notOnEarth': ['位置不在地球上', 'The position is not on Earth'],
  'verdict.swappedAxes': ['经度与纬度似乎颠倒', 'Latitude and longitude seem to be swapped'],
  'verdict.notFixed': ['接收机尚未定位', 'The receiver had no fix'],
  'verdict.mock': ['手机报告该位置为模拟位置', 'The phone called this position a made-up one'],
  'verdict.insideBy': ['距边界 {m} 米', '{m} m from the edge'],
  'verdict.outsideBy': ['超出边界 {m} 米', '{m} m beyond the edge'],

  // Scanning paper
  'scan.title': ['扫描表单', 'Scan a form'],
  'scan.lead': [
    '一份表单的各页按顺序拍,放平、光线均匀、四角入框。',
    'Take the pages in order: flat, evenly lit, all corners in the frame.',
  ],
  'scan.page': ['第 {n} 页', 'Page {n}'],
  'scan.shoot': ['拍第 {n} 页', 'Take page {n}'],
  'scan.files': ['从手机选择', 'Choose files'],
  'scan.aim': ['四个角对齐边框', 'Fit the four corners to the frame'],
  'scan.use': ['用这张', 'Use it'],
  'scan.again': ['重拍', 'Take again'],
  'scan.up': ['第 {n} 页前移', 'Move page {n} up'],
  'scan.down': ['第 {n} 页后移', 'Move page {n} down'],
  'scan.drop': ['删除第 {n} 页', 'Delete page {n}'],
  'scan.retake': ['重拍第 {n} 页', 'Take page {n} again'],
  'scan.note': ['备注(可不填)', 'Note (optional)'],
  'scan.save': ['保存 {n} 页', 'Save (pages: {n})'],
  'scan.waiting': ['等待全部页面送达', 'Waiting for all pages'],
  'scan.queued': ['排队识别中', 'Waiting to be read'],
  'scan.reading': ['已识别 {read} / {n} 页', '{read} of {n} pages read'],
  'scan.read': ['已识别', 'Read'],
  'scan.failed': ['识别失败', 'Could not be read'],
  'scan.result': ['识别结果', 'What was read'],
  'scan.resultNote': [
    '机器识别的内容,经内业确认后才成为报表。',
    'Read by a machine; it becomes a report only when the desk confirms it.',
  ],
  'scan.confirmed': ['内业已确认,成为报表', 'Confirmed by the desk and filed'],
  'scan.discarded': ['内业未采用', 'Not used by the desk'],
  'scan.proposed': ['等待内业确认', 'Waiting for the desk'],
  'scan.flags': ['需要留意', 'To be looked at'],
  'scan.unknown': ['没有认出是哪种表单', 'The form was not recognised'],
  'scan.nothing': ['没有读出内容', 'Nothing was read'],
  'scan.suggestion': ['可能是:{value}', 'Perhaps: {value}'],
  'scan.pageOf': ['第 {n} 页,带识别框', 'Page {n} with what was read'],
  'scan.row': ['{table} 第 {n} 行', '{table}, row {n}'],
  'confidence.high': ['可信', 'Sure'],
  'confidence.middle': ['核对', 'Check'],
  'confidence.low': ['存疑', 'Doubtful'],

  // Records
  'records.title': ['记录', 'Records'],
  'records.more': ['更早的记录', 'Earlier records'],
  'records.empty': ['还没有记录', 'No records yet'],
  'records.gone': ['这条记录不在本机', 'This record is not on this phone'],
  'records.goneNext': ['可能已归档或不再由你查看。', 'It may have been archived, or is no longer yours to see.'],
  'record.captured': ['时间', 'Time'],
  'record.received': ['送达', 'Delivered'],
  'record.where': ['标段', 'Section'],
  'record.position': ['位置', 'Position'],
  'record.place': ['部位', 'Part'],
  'record.note': ['说明', 'Note'],
  'record.file': ['文件', 'File'],
  'record.mark': ['防伪码 {mark}', 'Mark {mark}'],
  'record.verdict': ['围栏', 'Fence'],
  'record.flags': ['需要留意', 'To be looked at'],
  'record.flagOpen': ['待内业核实', 'The desk will look into it'],
  'record.flagConfirmed': ['内业已核实属实', 'Confirmed by the desk'],
  'record.fileSafe': [
    '服务器已收妥并核对,手机里的副本可以清除',
    'The server has it and checked it; the copy here may go',
  ],
  'record.fileExpected': ['服务器还没有收到', 'The server does not have it yet'],
  'record.answers': ['服务器的答复', 'What the server answered'],
  'record.pictureMissing': ['联网后显示', 'Shown when online'],
  'record.clock': [
    '手机时间比服务器差 {m} 分钟,以服务器为准',
    'This phone’s clock differs by {m} minutes; the server’s counts',
  ],

  ...UI,
  ...ABOUT,
} as const;

export const t = sentences(TABLE);
