import type { JSX } from 'preact';

import type { Language } from '../../checkout/words.ts';
import { languageChoices } from '../language.ts';

export function LanguageSwitch({ language, label }: { readonly language: Language; readonly label: string }): JSX.Element {
  return (
    <nav class="languages" aria-label={label}>
      {languageChoices(language, location.href).map((choice) => (
        <a
          key={choice.language}
          href={choice.href}
          lang={choice.language}
          hreflang={choice.language}
          title={choice.name}
          aria-current={choice.isCurrent ? 'true' : undefined}
        >
          {choice.short}
        </a>
      ))}
    </nav>
  );
}
