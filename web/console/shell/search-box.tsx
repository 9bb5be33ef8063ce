import { TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';

import { FindDocument, FindReferenceDocument } from '../generated/documents.ts';
import { useHub, useViewer } from '../session/hub.tsx';
import { Icon } from './icons.tsx';
import { readSearch } from './read-search.ts';

/** Finds by guid or number at once; everything else becomes a filter of the list of payments. */
export function SearchBox() {
  const find = useFind();
  const [text, setText] = useState('');
  const [nothing, setNothing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void find(text).then(
      (found) => setNothing(!found),
      () => setNothing(true),
    );
  };
  return (
    <form className="search" role="search" onSubmit={submit}>
      <TextInput
        ref={input}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setNothing(false);
        }}
        aria-label="Search payments and orders"
        placeholder="Number, guid, IBAN or phone tail, amount"
        leftSection={<Icon name="search" />}
        rightSection={<kbd aria-hidden="true">⌘K</kbd>}
        rightSectionWidth={52}
        error={nothing ? 'Nothing that you may see is called so.' : undefined}
      />
    </form>
  );
}

/** Goes to what was searched for. False: nothing that the viewer may see is called so. */
function useFind(): (text: string) => Promise<boolean> {
  const { client } = useHub();
  const viewer = useViewer();
  const navigate = useNavigate();
  const toOrder = async (order: { readonly orderId: string } | null): Promise<boolean> => {
    if (order) await navigate({ to: '/orders/$orderId', params: { orderId: order.orderId } });
    return order !== null;
  };
  return async (text) => {
    const search = readSearch(text);
    switch (search.kind) {
      case 'nothing':
        return true;
      case 'guid': {
        const { payment, order } = (await client.ask(FindDocument, { guid: search.guid })).data;
        if (!payment) return await toOrder(order);
        await navigate({ to: '/payments/$guid', params: { guid: payment.guid } });
        return true;
      }
      case 'amount':
        await navigate({ to: '/payments', search: { amount: search.minor } });
        return true;
      case 'tail':
        await navigate({ to: '/payments', search: { tail: search.tail } });
        return true;
      case 'reference': {
        const { reference } = search;
        if (viewer.kind === 'MERCHANT')
          return await toOrder((await client.ask(FindReferenceDocument, { reference })).data.orderByReference);
        await navigate({ to: '/orders', search: { reference } });
        return true;
      }
      default:
        return search satisfies never;
    }
  };
}
