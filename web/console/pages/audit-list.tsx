import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';

import { When } from '../parts/bits.tsx';
import { type Names, useNames } from '../parts/names.ts';
import { shortId } from '../parts/words.ts';
import { Icon } from '../shell/icons.tsx';
import { factsOf, type LoggedEntry } from './audit-entries.ts';
import { LOGS } from './audit-logs.ts';
import { actionWords, targetWords } from './audit-words.ts';

/** One line for each entry: when, who, what, on what. Every line opens to the entry itself. */
export function AuditList({ entries }: { readonly entries: readonly LoggedEntry[] }) {
  const names = useNames();
  return (
    <ol className="audit" aria-label="Entries">
      {entries.map((entry) => (
        <Entry key={`${entry.log} ${entry.sequence}`} entry={entry} names={names} />
      ))}
    </ol>
  );
}

interface EntryProps {
  readonly entry: LoggedEntry;
  readonly names: Names;
}

function Entry({ entry, names }: EntryProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <li>
      <div className="line">
        <When at={entry.at} />
        <span className="two-lines">
          <button type="button" className="opens" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
            {actionWords(entry.action)}
          </button>
          <span>{noteOf(entry.entry)}</span>
        </span>
        <span className="two-lines">
          <Who entry={entry} names={names} />
        </span>
        <span className="two-lines">
          <Target entry={entry} names={names} />
          <span>{targetWords(entry.target.kind)}</span>
        </span>
        <span className="num place">
          {LOGS.find(({ name }) => name === entry.log)?.label} {entry.sequence}
        </span>
        <Icon name="down" />
      </div>
      <dl id={id} hidden={!open}>
        {linesOf(entry).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

/** What tells an entry from others like it, the reason before all. */
const NOTES = ['reason', 'kid', 'tail', 'reference', 'outcome'];

function noteOf(entry: string): string {
  const facts = new Map(factsOf(entry));
  const name = NOTES.find((note) => facts.has(note));
  const value = name === undefined ? '' : (facts.get(name) ?? '');
  return name === 'tail' ? `…${value}` : value;
}

function linesOf({ action, actor, target, entry, sequence, hash, previousHash }: LoggedEntry): readonly (readonly [string, string])[] {
  return [
    ['action', action],
    ['by', actor.subject],
    ...(actor.keyId === null ? [] : [['by API key', actor.keyId] as const]),
    [targetWords(target.kind), target.targetId],
    ...factsOf(entry),
    ['entry', sequence],
    ['hash', hash],
    ['hash before it', previousHash],
  ];
}

function Who({ entry: { actor }, names }: EntryProps) {
  const name = names.merchants.get(actor.subject) ?? names.banks.get(actor.subject) ?? actor.subject;
  return (
    <>
      {name}
      <span>{actor.kind}</span>
    </>
  );
}

function Target({ entry: { target }, names }: EntryProps) {
  const { kind, targetId: id } = target;
  switch (kind) {
    case 'payment':
      return (
        <Link to="/payments/$guid" params={{ guid: id }} className="mono">
          {shortId(id)}
        </Link>
      );
    case 'order':
      return (
        <Link to="/orders/$orderId" params={{ orderId: id }} className="mono">
          {shortId(id)}
        </Link>
      );
    case 'register':
      return (
        <Link to="/registers/$id" params={{ id }} className="mono">
          {id}
        </Link>
      );
    case 'bank':
      return (
        <Link to="/participants/banks/$guid" params={{ guid: id }}>
          {names.banks.get(id) ?? shortId(id)}
        </Link>
      );
    case 'merchant':
      return (
        <Link to="/participants/merchants/$uid" params={{ uid: id }}>
          {names.merchants.get(id) ?? shortId(id)}
        </Link>
      );
    case 'businessDay':
      return (
        <Link to="/registers" search={{ day: id }} className="num">
          {id}
        </Link>
      );
    case 'job':
      return <Link to="/jobs">{id}</Link>;
    case 'mail':
      return (
        <Link to="/mails/$id" params={{ id }} className="mono">
          {shortId(id)}
        </Link>
      );
    case 'parkedMessage':
      return (
        <Link to="/review" className="mono">
          {shortId(id)}
        </Link>
      );
    default:
      return <span className="mono">{shortId(id)}</span>;
  }
}
