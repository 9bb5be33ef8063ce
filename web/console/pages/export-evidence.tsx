import { Alert, Button } from '@mantine/core';
import { useState } from 'react';

import { useCan, useHub } from '../session/hub.tsx';
import { Icon } from '../shell/icons.tsx';
import { saveEvidence } from './evidence.ts';

/** Asks for the evidence when it is wanted: it is signed at that moment. */
export function ExportEvidence({ guid }: { readonly guid: string }) {
  const { client } = useHub();
  const withSettlement = useCan('settlement');
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  const save = async (): Promise<void> => {
    setState('busy');
    try {
      await saveEvidence(client, { guid, withSettlement });
      setState('idle');
    } catch {
      setState('failed'); // Nothing was changed by asking: the button is there for another try.
    }
  };
  return (
    <>
      {state === 'failed' ? (
        <Alert color="red" role="alert">
          The hub did not give the evidence. Try once more.
        </Alert>
      ) : null}
      <Button className="ink" leftSection={<Icon name="download" size={16} />} loading={state === 'busy'} onClick={() => void save()}>
        Export evidence
      </Button>
    </>
  );
}
