import type { ComposedMail } from '../../../../kernel/mail/mail.ts';
import type { MailDocument } from '../../../../kernel/mail/mail-document.ts';
import type { RegisterReads } from '../../app/register-ports.ts';

/** What a mail says and the files that come with it. */
export interface MailBody {
  readonly document: Omit<MailDocument, 'brandName'>;
  readonly attachments: ComposedMail['attachments'];
}

export interface ComposeDeps {
  readonly registers: Pick<RegisterReads, 'byNumbers' | 'rows' | 'rowsAfter'>;
  readonly brandName: string;
  /** What links begin with; null: there are none. */
  readonly linkBase: string | null;
}
