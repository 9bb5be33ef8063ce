import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { FaultControl } from './parts/fault-control.tsx';
import { TimeControl } from './parts/time-control.tsx';
import { ask, messageOf, type SandboxWorld } from './world.ts';

/** The first page of the sandbox: where to click. */
function Home(): JSX.Element {
  const [world, setWorld] = useState<SandboxWorld | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    ask<SandboxWorld>('/world').then(setWorld, (error: unknown) => setProblem(messageOf(error)));
  }, []);
  if (problem !== null) return <p role="alert">{problem}</p>;
  if (!world) return <p role="status">…</p>;
  return (
    <main class="home">
      <header>
        <h1>A hub for instant payments, and a small world around it</h1>
        <p>
          Three banks, two shops and a few people, all of them made up. Buy something, pay it in a bank’s app, and watch every message.
          Nothing here is real money.
        </p>
        <Steps />
      </header>
      <section aria-labelledby="shops">
        <h2 id="shops">Buy something</h2>
        <ul class="cards">
          {world.shops.map(({ slot, name }) => (
            <li key={slot}>
              <a class="card" href={`/shops/${slot}`}>
                <img src={`/logos/${slot}.svg`} alt="" />
                <strong>{name}</strong>
                <span>A shop with the payment element on its own page</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="banks">
        <h2 id="banks">Open a bank’s app</h2>
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
        <h2 id="tools">Look behind it</h2>
        <ul class="links">
          <li>
            <a href="/graphiql">GraphiQL</a> with credentials and operations filled in, the live stream among them
          </li>
          <li>
            <a href="/docs/">Guide</a>: how banks and merchants connect
          </li>
          <li>
            <a href="/mailbox">Mailbox</a>: what the hub wrote to its banks
          </li>
          {world.console !== null && (
            <li>
              <a href={world.console}>Console</a>: what the hub’s operations, banks and merchants see
            </li>
          )}
        </ul>
      </section>
      <FaultControl world={world} />
      <TimeControl now={world.now} />
    </main>
  );
}

function Steps(): JSX.Element {
  return (
    <ol class="steps">
      <li>
        <strong>Buy</strong>
        Choose something in a shop. It asks the hub for an order and shows its code.
      </li>
      <li>
        <strong>Pay</strong>
        Open the order in a bank’s app and agree. The bank signs a payment message.
      </li>
      <li>
        <strong>Watch</strong>
        The shop knows at once, and the console shows every step of it.
      </li>
    </ol>
  );
}

const page = document.getElementById('page');
if (page) render(<Home />, page);
