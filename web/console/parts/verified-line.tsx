import type { ReactNode } from 'react';

import { Icon } from '../shell/icons.tsx';

/** What the page found when it checked something by itself: said in a sentence, with a mark that is not colour alone. */
export function VerifiedLine({ ok, children }: { readonly ok: boolean; readonly children: ReactNode }) {
  return (
    <p className={`verified ${ok ? 'ok' : 'bad'}`} role={ok ? 'status' : 'alert'}>
      <Icon name={ok ? 'shield' : 'review'} />
      <span>{children}</span>
    </p>
  );
}
