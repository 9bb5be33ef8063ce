import { ActionIcon, CopyButton } from '@mantine/core';

import { Icon } from '../shell/icons.tsx';
import { type AmountText, amountText, initialOf, shortId, timeText } from './words.ts';

// Small things that stand in rows.

export function Amount({ of }: { readonly of: AmountText }) {
  return <span className="num">{amountText(of)}</span>;
}

export function When({ at }: { readonly at: string }) {
  return (
    <time className="num" dateTime={at}>
      {timeText(at)}
    </time>
  );
}

/** Names are others' words: they are text, and their logos are not fetched from wherever these point. */
export function Named({ name, note }: { readonly name: string; readonly note?: string }) {
  return (
    <span className="named">
      <span className="tile" aria-hidden="true">
        {initialOf(name)}
      </span>
      <span className="two-lines">
        {name}
        {note ? <span>{note}</span> : null}
      </span>
    </span>
  );
}

export function Id({ value, whole }: { readonly value: string; readonly whole?: boolean }) {
  return (
    <>
      <span className="mono" title={value}>
        {whole ? value : shortId(value)}
      </span>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={copied ? 'Copied' : `Copy ${value}`}>
            <Icon name="copy" size={14} />
          </ActionIcon>
        )}
      </CopyButton>
    </>
  );
}
