// One-time codes as Auth0's passwordless connection keeps them: six digits, short-lived, few attempts, used once.
// https://auth0.com/docs/authenticate/passwordless/authentication-methods/email-otp
import { randomInt, timingSafeEqual } from 'node:crypto';

const SECONDS = 180;
const ATTEMPTS = 3;
const WAITING = 1000; // People with an open code: memory stays bounded whatever is asked.

export class OneTimeCodes {
  #waiting = new Map();

  #deliver;

  #now;

  constructor(deliver, now = Date.now) {
    this.#deliver = deliver;
    this.#now = now;
  }

  /** Make a code for this address; an earlier one stops working. */
  send(email) {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    this.#waiting.delete(email);
    if (this.#waiting.size >= WAITING) this.#waiting.delete(this.#waiting.keys().next().value);
    this.#waiting.set(email, { code, attempts: 0, expires: this.#now() + SECONDS * 1000 });
    this.#deliver(email, code, SECONDS);
  }

  /** True once for the right code; a wrong one counts against the three attempts. */
  redeem(email, code) {
    const entry = this.#waiting.get(email);
    if (!entry) return false;
    entry.attempts += 1;
    const given = Buffer.from(code);
    const right = given.length === entry.code.length && timingSafeEqual(given, Buffer.from(entry.code));
    const fresh = this.#now() < entry.expires;
    if (right || !fresh || entry.attempts >= ATTEMPTS) this.#waiting.delete(email);
    return right && fresh;
  }
}
