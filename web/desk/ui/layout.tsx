import { chooseTheme, type Theme, theme } from '@shared/ui/theme';
import { language, say, speak } from '@shared/words/i18n';
import type { ComponentChildren } from 'preact';
import { signOut } from '../api';
import { me } from '../me';
import type { PageRow } from '../pages/row';
import { choose, project, projects } from '../projects';
import { to } from '../router';
import { said } from '../toast';
import { t } from '../words';

const GROUPS = ['paper', 'reports', 'site', 'setup', 'me'] as const;
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The frame of every page: the bar above, the menu at the left, what was just done at the lower edge. */
export function Layout(props: { rows: readonly PageRow[]; at: string; whole: boolean; children: ComponentChildren }) {
  return (
    <div class={props.whole ? 'desk whole' : 'desk'}>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <Bar />
      <nav class="menu" hidden={props.whole} aria-label={t('nav.label')}>
        {GROUPS.map((group) => {
          const rows = props.rows.filter((row) => row.menu === group);
          return (
            rows.length > 0 && (
              <section key={group} aria-label={t(`nav.${group}`)}>
                <h2>{t(`nav.${group}`)}</h2>
                <ul>
                  {rows.map((row) => (
                    <li key={row.path}>
                      <a href={to(row.path)} {...(row.path === props.at ? { 'aria-current': 'page' as const } : {})}>
                        {say(row.name)}
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            )
          );
        })}
      </nav>
      <main id="content" tabIndex={-1}>
        {props.children}
      </main>
      <p class="toast" role="status">
        {said.value}
      </p>
    </div>
  );
}

function Bar() {
  return (
    <header class="bar">
      <a class="brand" href={to('/')}>
        {t('app.name')} <span class="quiet">{t('app.desk')}</span>
      </a>
      <select
        aria-label={t('bar.project')}
        value={project.value?.id ?? ''}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        <option value="">{t('bar.allProjects')}</option>
        {projects.value.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
      <span class="gap" />
      <select
        aria-label={t('bar.theme')}
        value={theme.value}
        onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {t(`bar.theme.${one}`)}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button plain"
        lang={language.value === 'en' ? 'zh-CN' : 'en'}
        onClick={() => speak(language.value === 'en' ? 'zh-CN' : 'en')}
      >
        {t('bar.language')}
      </button>
      <span class="who">{me.value?.name}</span>
      <button type="button" class="button plain" onClick={() => void signOut()}>
        {t('bar.signOut')}
      </button>
    </header>
  );
}
