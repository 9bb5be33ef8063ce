import type { Result } from './result.ts';

/**
 * The shape of every aggregate of the hub. `decide` says what a command does to a state, as events or as a failure; no events
 * means that the state already is as asked. `evolve` applies one event. Both are pure: time and ids come inside the command.
 */
export interface Decider<State, Command, Event, Failure> {
  readonly initial: State;
  decide(state: State, command: Command): Result<readonly Event[], Failure>;
  evolve(state: State, event: Event): State;
}

/** Folds events over a state. */
export function evolveAll<State, Event>(evolve: (state: State, event: Event) => State, state: State, events: readonly Event[]): State {
  return events.reduce(evolve, state);
}
