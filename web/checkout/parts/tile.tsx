import type { JSX } from 'preact';

/** A logo, or the first letter of a name where there is none. The letter lies under the logo, for one that does not load. */
export function Tile({
  name,
  logoUrl,
  large,
}: {
  readonly name: string;
  readonly logoUrl: string | null;
  readonly large?: true;
}): JSX.Element {
  return (
    <span class={large ? 'tile large' : 'tile'} aria-hidden="true">
      {firstLetter(name)}
      {logoUrl !== null && <img src={logoUrl} alt="" referrerpolicy="no-referrer" />}
    </span>
  );
}

/** Of what tells one from another: every other bank is called Bank something. */
function firstLetter(name: string): string {
  return /[\p{L}\p{N}]/u.exec(name.replace(/^(?:bank|банк)\s+(?=\S)/iu, ''))?.[0].toUpperCase() ?? '·';
}
