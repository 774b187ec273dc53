import type { HotelRoom, RateTerms } from './room.ts';

export interface RoomSpec {
  readonly id: string;
  readonly name?: string;
  /** Physical rooms of this type; default: 1. */
  readonly units?: number;
  readonly rates: readonly RateSpec[];
}

export interface RateSpec {
  readonly id: string;
  readonly name?: string;
}

export interface HotelSpec {
  readonly id: string;
  readonly name?: string;
  readonly currency?: string;
  /** Account that the hotel chose as its provider; default: the platform's first. */
  readonly account?: string;
  readonly rooms: readonly RoomSpec[];
}

export class Hotel<Terms extends RateTerms> {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly account: string;
  readonly rooms = new Map<string, HotelRoom<Terms>>();
  /** False after the hotel left its provider. */
  connected = true;

  constructor({ id, name, currency, account }: HotelSpec & { readonly account: string }) {
    this.id = id;
    this.name = name ?? `Hotel ${id}`;
    this.currency = currency ?? 'EUR';
    this.account = account;
  }
}
