import type { Connection } from '../../../schemas/generated/types.ts';
import type { SendPermission } from './connection-health.ts';
import type { Platforms } from './platforms.ts';

/** The part of one connection in finding out whether its platform is back. */
export class Probing {
  readonly #platforms: Platforms;
  readonly #permission: SendPermission;
  readonly #connection: () => Connection;

  constructor(platforms: Platforms, permission: SendPermission, connection: () => Connection) {
    this.#platforms = platforms;
    this.#permission = permission;
    this.#connection = connection;
  }

  /** A half-open connection of a platform that is down leaves probing to the canaries; `wake` when it is its turn. */
  isMyTurn(hasClosing: boolean, wake: () => void): boolean {
    const { channel, connection_id } = this.#connection();
    const { state, successes } = this.#permission.breaker;
    if (state !== 'half_open' || successes > 0) return true;
    return this.#platforms.mayProbe(channel, connection_id, hasClosing, wake);
  }

  /** There is nothing to probe with for now. */
  leave(): void {
    const { channel, connection_id } = this.#connection();
    this.#platforms.leave(channel, connection_id);
  }

  reportBreaker(): void {
    const { channel, connection_id } = this.#connection();
    this.#platforms.report(channel, connection_id, this.#permission.breaker);
  }

  forget(): void {
    const { channel, connection_id } = this.#connection();
    this.#platforms.forget(channel, connection_id);
  }
}
