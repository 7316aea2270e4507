import type { EnrolmentCode, NewEnrolment } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { sayHere } from '@shared/words/when';
import { post } from '../api';
import { tell } from '../toast';
import { Dialog } from '../ui/dialog';
import { Awaited } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import { t as shell } from '../words';
import { Qr } from './qr';

const t = sentences({
  title: ['启用手机:{name}', 'Enrol a phone: {name}'],
  how: [
    '用手机相机扫描;或把链接发给本人,在手机上打开。',
    'Scan it with the camera of the phone; or send the link to its owner, to be opened on the phone.',
  ],
  until: ['只能启用一部手机,{time} 前有效。', 'Good for one phone, until {time}.'],
  qr: ['启用二维码', 'QR code for enrolling'],
  link: ['启用链接', 'Link for enrolling'],
  code: ['手动输入的启用码', 'Code to type in'],
  copy: ['复制链接', 'Copy the link'],
  copied: ['链接已复制', 'The link was copied'],
  here: [
    '这个地址只有本机能打开。请用手机能访问的地址打开桌面端,再生成二维码。',
    'Only this machine can open that address. Open the desk by an address that phones reach, then make a code.',
  ],
});

/** A link that enrols one phone of a person, as text and as a QR code. The code is in the fragment: no server log has it. */
export function Enrolment({ person, name, onClose }: { person: string; name: string; onClose: () => void }) {
  const made = useLoaded(() => post<EnrolmentCode>('/v1/enrolments', { person } satisfies NewEnrolment), [person]);
  return (
    <Dialog title={t('title', { name })} onClose={onClose}>
      <Awaited of={made}>{(code) => <Shown {...code} />}</Awaited>
      <div class="buttons">
        <button type="button" class="button" onClick={onClose}>
          {shell('close')}
        </button>
      </div>
    </Dialog>
  );
}

function Shown({ code, expiresAt }: EnrolmentCode) {
  const link = `${location.origin}/app/#enrol=${code}`;
  const copy = async () => {
    await navigator.clipboard.writeText(link);
    tell(t('copied'));
  };
  return (
    <>
      <p>{t('how')}</p>
      <Qr text={link} label={t('qr')} />
      <p class="quiet">{t('until', { time: sayHere(expiresAt) })}</p>
      {/^(localhost|127\.|\[::1\])/.test(location.hostname) && <Notice tone="warn" title={t('here')} />}
      <dl class="facts">
        <div>
          <dt>{t('link')}</dt>
          <dd>
            <code class="secret">{link}</code>
          </dd>
        </div>
        <div>
          <dt>{t('code')}</dt>
          <dd>
            <code class="secret">{code}</code>
          </dd>
        </div>
      </dl>
      {'clipboard' in navigator && (
        <div class="buttons">
          <button type="button" class="button" onClick={() => void copy()}>
            {t('copy')}
          </button>
        </div>
      )}
    </>
  );
}
