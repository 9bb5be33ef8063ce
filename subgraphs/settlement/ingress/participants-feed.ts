import type { ConsumerOptions } from '../../../kernel/runtime/event-log/consumer.ts';
import type { Feed, LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import type { RefreshableDirectory } from '../../../kernel/runtime/directory.ts';
import { insertMails } from '../../../kernel/mail/mail-store.ts';
import { participantEventSchemas } from '../../../schema/events/participants.ts';
import { onboardingMail, type OnboardingDeps } from '../app/mail/mail-onboarding.ts';

const REGISTERED = 'MerchantRegistered';

/**
 * Writes a mail for each merchant among a page of the log of participants, in the transaction that moves the inbox past the page: never before the
 * registration was committed, and once.
 */
export function onboardingHandler(deps: OnboardingDeps): ConsumerOptions['handle'] {
  return async (client, events) => {
    const mails = registrations(events).map((merchant) => onboardingMail(deps, merchant));
    await insertMails(
      client,
      mails.filter((mail) => mail !== null),
    );
  };
}

/**
 * The log of participants, whose pages come when the directory knows everybody in them. It begins where the log does: of merchants that were registered
 * before that nobody is told any more.
 */
export function introducedFeed(feed: Feed, directory: Pick<RefreshableDirectory, 'version' | 'refresh'>): Feed {
  return {
    async read({ after, limit }) {
      const first = await feed.read({ after, limit });
      const page = first.floor > after ? { ...(await feed.read({ after: first.floor, limit })), floor: after } : first;
      const needed = registrations(page.events).map(({ directoryVersion }) => directoryVersion);
      if (Math.max(0, ...needed) > directory.version) await directory.refresh();
      return page;
    },
  };
}

function registrations(events: readonly LoggedEvent[]) {
  return events
    .filter((event) => event.type === REGISTERED)
    .map(({ payload, at }) => ({ ...participantEventSchemas[REGISTERED].parse(payload), registeredAt: at }));
}
