import { path } from './router.ts';
import { t } from './sentences.ts';
import { Boundary } from './ui/boundary.tsx';
import { Screen } from './ui/parts.tsx';

export function App() {
  return (
    <Boundary at={path.value.join('/')}>
      <Screen title={t('app.name')}>{null}</Screen>
    </Boundary>
  );
}
