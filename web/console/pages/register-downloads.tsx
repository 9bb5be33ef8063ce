import { Button } from '@mantine/core';
import { useState } from 'react';

import { RegisterRowsDocument, type RegisterRowsQuery, RegisterTransferDocument } from '../generated/documents.ts';
import { Problem } from '../parts/states.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useHub, useViewer } from '../session/hub.tsx';
import { Icon } from '../shell/icons.tsx';
import { csvHead, csvRows } from './register-csv.ts';
import type { RegisterView } from './register.tsx';

const ROWS_AT_ONCE = 100;

type RowPage = NonNullable<RegisterRowsQuery['register']>['rows'] | undefined;

/** The rows as a file, page by page, and what the paying bank sends over the rails, for that bank and operations. */
export function Downloads({ register }: { readonly register: RegisterView }) {
  const { client } = useHub();
  const viewer = useViewer();
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    setError(null);
    try {
      await work();
    } catch (failure) {
      if (!(failure instanceof Error)) throw failure;
      setError(failure);
    } finally {
      setDone(null);
    }
  };
  const rows = async (): Promise<void> => {
    const parts = [csvHead()];
    let after: string | null = null;
    for (let read = 0; ;) {
      setDone(read);
      const found: RowPage = (await client.ask(RegisterRowsDocument, { id: register.id, after, first: ROWS_AT_ONCE })).data.register?.rows;
      if (!found) throw new Error('The register is not there any more');
      parts.push(csvRows(found.nodes));
      read += found.nodes.length;
      if (!found.pageInfo.hasNextPage) break;
      after = found.pageInfo.endCursor;
    }
    saveFile(`${register.fileName}.csv`, 'text/csv;charset=utf-8', parts);
  };
  const transfer = async (): Promise<void> => {
    const xml = (await client.ask(RegisterTransferDocument, { id: register.id })).data.register?.pacs008;
    if (!xml) throw new Error('There is nothing to pay');
    saveFile(`${register.fileName}-pacs008.xml`, 'application/xml', [xml]);
  };
  const mayPay = viewer.kind === 'OPERATIONS' || viewer.bank?.guid === register.debtorBank?.guid;
  const isPaid = register.status !== 'SENT_NO_PM' && !register.internal;
  return (
    <>
      {error ? <Problem error={error} /> : null}
      <Button variant="default" leftSection={<Icon name="download" />} disabled={done !== null} onClick={() => void run(rows)}>
        {done === null ? 'Rows as CSV' : `${done} of ${register.paymentCount} rows`}
      </Button>
      {mayPay && isPaid ? (
        <Button variant="default" leftSection={<Icon name="download" />} onClick={() => void run(transfer)}>
          pacs.008
        </Button>
      ) : null}
    </>
  );
}
