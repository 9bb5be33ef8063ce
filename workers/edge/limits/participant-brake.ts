/**
 * Participants that were just told that they are over their limit, in one isolate. Until their next token nothing of theirs can be let in,
 * so their requests are refused here, without their object. Only an object puts somebody here, and only after a valid signature.
 */
export class ParticipantBrake {
  readonly #until = new Map<string, number>();

  /** Milliseconds until the participant may be let in again; 0 when its object has to be asked. `now` is milliseconds since 1970. */
  waitFor(participant: string, now: number): number {
    const until = this.#until.get(participant);
    if (until === undefined) return 0;
    if (until > now) return until - now;
    this.#until.delete(participant);
    return 0;
  }

  overLimit(participant: string, until: number): void {
    this.#until.set(participant, until);
  }
}
