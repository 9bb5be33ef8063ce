import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { HOME_WORDS, type HomeWords } from './home-words.ts';
import { languageOfPage } from './language.ts';
import { FaultControl } from './parts/fault-control.tsx';
import { LanguageSwitch } from './parts/language-switch.tsx';
import { TimeControl } from './parts/time-control.tsx';
import { ask, messageOf, type SandboxWorld } from './world.ts';

/** The first page of the sandbox: where to click. */
function Home(): JSX.Element {
  const [language] = useState(() => languageOfPage(window));
  const words = HOME_WORDS[language];
  const [world, setWorld] = useState<SandboxWorld | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    ask<SandboxWorld>('/world').then(setWorld, (error: unknown) => setProblem(messageOf(error)));
  }, []);
  if (problem !== null) return <p role="alert">{problem}</p>;
  if (!world) return <p role="status">…</p>;
  return (
    <main class="home">
      <LanguageSwitch language={language} label={words.language} />
      <header>
        <h1>{words.headline}</h1>
        <p>{words.intro}</p>
        <Steps words={words} />
      </header>
      <section aria-labelledby="shops">
        <h2 id="shops">{words.buy}</h2>
        <ul class="cards">
          {world.shops.map(({ slot, name }) => (
            <li key={slot}>
              <a class="card" href={`/shops/${slot}`}>
                <img src={`/logos/${slot}.svg`} alt="" />
                <strong>{name}</strong>
                <span>{words.shopNote}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="banks">
        <h2 id="banks">{words.openApp}</h2>
        <ul class="cards">
          {world.banks.map(({ slot, name, people }) => (
            <li key={slot}>
              <a class="card" href={`/apps/${slot}`}>
                <img src={`/logos/${slot}.svg`} alt="" />
                <strong>{name}</strong>
                <span>{people.map((person) => person.name).join(', ')}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="tools">
        <h2 id="tools">{words.behind}</h2>
        <ul class="links">
          <LinkLine href="/graphiql" says={words.graphiql} />
          <LinkLine href="/docs/" says={words.guide} />
          <LinkLine href="/mailbox" says={words.mailbox} />
          {world.console !== null && <LinkLine href={world.console} says={words.console} />}
        </ul>
      </section>
      <FaultControl world={world} words={words.faults} />
      <TimeControl now={world.now} words={words.time} />
    </main>
  );
}

function Steps({ words }: { readonly words: HomeWords }): JSX.Element {
  return (
    <ol class="steps">
      {words.steps.map(([name, note]) => (
        <li key={name}>
          <strong>{name}</strong>
          {note}
        </li>
      ))}
    </ol>
  );
}

function LinkLine({ href, says: [name, note] }: { readonly href: string; readonly says: readonly [string, string] }): JSX.Element {
  return (
    <li>
      <a href={href}>{name}</a>
      {note}
    </li>
  );
}

const page = document.getElementById('page');
if (page) render(<Home />, page);
