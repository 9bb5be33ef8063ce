import { ActionIcon, Drawer, useMantineColorScheme, useComputedColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import { useReviewCount } from '../live/review-count.ts';
import { can } from '../session/abilities.ts';
import { nameOfViewer, useHub, useViewer, type Viewer } from '../session/hub.tsx';
import { NotForYou } from '../parts/states.tsx';
import { ConnectionChip } from './connection-chip.tsx';
import { Icon, Mark } from './icons.tsx';
import { PLACES } from './navigation.ts';
import { SearchBox } from './search-box.tsx';

/** What stands around every page: the way to the others, search, the state of the stream, who is signed in. */
export function Frame() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <div className="frame">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <aside className="side">
        <SideBar label="Main" onGo={close} />
      </aside>
      <Drawer opened={opened} onClose={close} size={280} title="Where to" closeButtonProps={{ 'aria-label': 'Close' }}>
        <SideBar label="Pages" onGo={close} />
      </Drawer>
      <section className="top" aria-label="Tools">
        <ActionIcon variant="subtle" color="gray" className="only-narrow" onClick={open} aria-label="Open the menu" size="lg">
          <Icon name="menu" />
        </ActionIcon>
        <SearchBox />
        <div className="top-end">
          <ConnectionChip />
          <ColourSchemeSwitch />
          <Who />
        </div>
      </section>
      <Content />
    </div>
  );
}

/** A new page begins at its heading, for eyes and for screen readers. */
function Content() {
  const { pathname } = useLocation();
  const viewer = useViewer();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <main id="content" className="content" tabIndex={-1} ref={main}>
      {isOffered(pathname, viewer) ? <Outlet /> : <NotForYou />}
    </main>
  );
}

/** A page that one is not offered is not shown either, whatever the address says. The gateway would refuse what it asks for. */
function isOffered(pathname: string, viewer: Viewer): boolean {
  const [, first = ''] = pathname.replace(/^\/console/, '').split('/');
  const place = PLACES.flatMap(({ places }) => places).find(({ to }) => to === `/${first}`);
  return !place || can(viewer, place.needs);
}

function SideBar({ label, onGo }: { readonly label: string; readonly onGo: () => void }) {
  const viewer = useViewer();
  const { settings } = useHub();
  return (
    <div className="side-inner">
      <p className="brand">
        <Mark /> {settings.brand}
      </p>
      <nav aria-label={label}>
        {PLACES.map(({ title, places }) => {
          const offered = places.filter(({ needs }) => can(viewer, needs));
          return offered.length === 0 ? null : (
            <div key={title} className="side-group">
              <p className="side-title">{title}</p>
              {offered.map(({ to, label: name, icon }) => (
                <Link key={to} to={to} className="side-link" activeOptions={{ exact: to === '/' }} onClick={onGo}>
                  <Icon name={icon} />
                  <span>{name}</span>
                  {to === '/review' ? <ReviewBadge /> : null}
                </Link>
              ))}
            </div>
          );
        })}
      </nav>
      {settings.sandboxUrl === null ? null : (
        <div className="sandbox-note">
          <strong>Sandbox</strong>
          <span>Every bank and shop here is fictional.</span>
        </div>
      )}
    </div>
  );
}

function ReviewBadge() {
  const { total, more, kinds } = useReviewCount();
  if (total === 0) return null;
  return (
    <span className="badge" title={kinds.join(', ')}>
      {total}
      {more ? '+' : ''}
      <span className="unseen"> waiting: {kinds.join(', ')}</span>
    </span>
  );
}

function ColourSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => setColorScheme(other)} aria-label={`Use ${other} colours`}>
      <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
    </ActionIcon>
  );
}

const KINDS = { OPERATIONS: 'Operations', BANK: 'Bank', MERCHANT: 'Merchant' } as const;

function Who() {
  const viewer = useViewer();
  const { session } = useHub();
  return (
    <div className="who">
      <div className="who-name">
        <strong>{nameOfViewer(viewer)}</strong>
        <span>{KINDS[viewer.kind]}</span>
      </div>
      <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => session.signOut()} aria-label="Sign out">
        <Icon name="leave" />
      </ActionIcon>
    </div>
  );
}
