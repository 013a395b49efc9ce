/** Doors that a secret of the organization opens. Whoever does not know it learns nothing, not even which organizations there are. */
import { randomBytes } from 'node:crypto';
import type { OrganizationConfig } from '../config/schema.js';
import { readSecret } from '../config/secrets.js';
import { DrasonError } from '../errors.js';
import type { Bodies } from './bodies.js';
import { type DoorContext, type Doors, organizationNamed, refuse } from './doors.js';
import { refusePacked } from './json-body.js';
import { isSignedBy, sameSecret } from './signatures.js';

/** What a request shows besides its body. */
interface Shown {
  signature: string | undefined;
  /** What may be the secret itself. */
  secrets: ReadonlyArray<string | undefined>;
}

/** A request that has proven where it comes from. */
interface Proven<T> {
  config: OrganizationConfig;
  secret: string;
  bytes: Buffer;
  /** What the body said, where it is the body that proves it. */
  fromBody: T | undefined;
}

/** The same missing secret is said again after this long, milliseconds. */
const SAY_AGAIN_MS = 3_600_000;

/** One door, for all organizations. */
export class SignedDoor {
  readonly #doors: Doors;
  readonly #bodies: Bodies;
  readonly #setting: string;
  readonly #envOf: (config: OrganizationConfig) => string | undefined;
  /** Stands in where there is no secret, so that everything goes the same way. Nobody knows it. */
  readonly #nobodys = randomBytes(32).toString('hex');
  readonly #saidAt = new Map<string, number>();

  constructor(
    doors: Doors,
    bodies: Bodies,
    setting: string,
    envOf: (config: OrganizationConfig) => string | undefined,
  ) {
    this.#doors = doors;
    this.#bodies = bodies;
    this.#setting = setting;
    this.#envOf = envOf;
  }

  /**
   * Lets a request in that proves that it knows the secret: by a signature, which alone counts where there is one, by the
   * secret itself, or, where there is `inBody`, by what it finds in the body. Counts what is held until `use` is done.
   * Throws an ApiError, which is the same 401 whatever is wrong or missing.
   */
  async open<T, R>(
    c: DoorContext,
    { signature, secrets }: Shown,
    inBody: ((bytes: Buffer, secret: string) => T | undefined) | undefined,
    use: (proven: Proven<T>) => Promise<R>,
  ): Promise<R> {
    const config = organizationNamed(this.#doors, c);
    const secret = this.#secretOf(config) ?? this.#nobodys;
    const isShown =
      signature === undefined &&
      secrets.filter((one) => one !== undefined && sameSecret(one.trim(), secret)).length > 0;
    if (isShown) {
      if (!config) refuse();
      c.set('organization', config.organization);
      refusePacked(c);
      return this.#bodies.withBody(c, `${this.#setting} ${config.organization}`, (bytes) =>
        use({ config, secret, bytes, fromBody: undefined }),
      );
    }
    if (signature === undefined && !inBody) refuse();
    const bytes = await this.#bodies.readUnproven(c);
    if (signature !== undefined && !isSignedBy(secret, bytes, signature)) refuse();
    const fromBody = signature === undefined ? inBody?.(bytes, secret) : undefined;
    if (!config || (signature === undefined && fromBody === undefined)) refuse();
    c.set('organization', config.organization);
    refusePacked(c);
    return use({ config, secret, bytes, fromBody });
  }

  /** Undefined where there is none; the log says so, since the sender is not told. */
  #secretOf(config: OrganizationConfig | undefined): string | undefined {
    if (!config) return undefined;
    const name = this.#envOf(config);
    try {
      const secret = name === undefined ? undefined : readSecret(name, this.#doors.env);
      if (secret) return secret.value;
      const missing = name === undefined ? this.#setting : `the variable ${name} of ${this.#setting}`;
      this.#say(config, `A request was refused: ${missing} is not set.`);
    } catch (error) {
      if (!(error instanceof DrasonError)) throw error;
      this.#say(config, error.message);
    }
    return undefined;
  }

  #say({ organization }: OrganizationConfig, message: string): void {
    const now = this.#doors.clock.steady();
    if (now - (this.#saidAt.get(organization) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
    this.#saidAt.set(organization, now);
    this.#doors.log.warn({ organization }, message);
  }
}
