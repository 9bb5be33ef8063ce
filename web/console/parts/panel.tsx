import { type ReactNode, useId } from 'react';

export function PageHead(o: {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly crumbs?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="head">
      <div>
        {o.crumbs ? <p className="crumbs">{o.crumbs}</p> : null}
        <h1>{o.title}</h1>
        {o.note ? <p className="note">{o.note}</p> : null}
      </div>
      {o.actions ? <div className="head-actions">{o.actions}</div> : null}
    </div>
  );
}

/** A sheet with a title. `flush`: its content reaches the edges, as tables do. */
export function Panel(o: { readonly title: string; readonly aside?: ReactNode; readonly flush?: boolean; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{o.title}</h2>
        {o.aside ? <div>{o.aside}</div> : null}
      </div>
      <div className={o.flush ? undefined : 'panel-body'}>{o.children}</div>
    </section>
  );
}

export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

/** One line of facts; nothing where there is nothing to say. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
