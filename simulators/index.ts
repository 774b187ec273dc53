/** The simulators as a library: platform cores for a simulation, servers for a scenario, and the PMS. */
export type { ListingSpec } from './airbnb/listing.ts';
export { AirbnbPlatform } from './airbnb/platform.ts';
export { AIRBNB_DEFAULTS, AIRBNB_RULES, type AirbnbSettings } from './airbnb/settings.ts';
export { BookingComPlatform } from './booking_com/platform.ts';
export {
  BOOKING_COM_DEFAULTS,
  BOOKING_COM_RULES,
  type BookingComSettings,
} from './booking_com/settings.ts';
export { ExpediaPlatform } from './expedia/platform.ts';
export { EXPEDIA_DEFAULTS, EXPEDIA_RULES, type ExpediaSettings } from './expedia/settings.ts';
export { FAULT_KINDS, type FaultKind, type FaultSpec, type RequestKind } from './faults.ts';
export { GooglePlatform } from './google/platform.ts';
export type { GooglePropertySpec } from './google/property.ts';
export { GOOGLE_DEFAULTS, GOOGLE_RULES, type GoogleSettings } from './google/settings.ts';
export type { HotelSpec, RoomSpec } from './hotels/hotel.ts';
export {
  ConnectionReset,
  type FetchDocument,
  type SimRequest,
  type SimResponse,
  type SimulatorPorts,
  simRequest,
} from './http.ts';
export type { Exchange, Ledger, LedgerReport, ReopenedNight, Violation } from './ledger.ts';
export type { ChangeCause, NightChange } from './night-history.ts';
export type {
  BookedRoom,
  BookingChange,
  BookingOrder,
  BookingResult,
  DriftValues,
  NightView,
  OwnReopening,
  PlatformReport,
  RateView,
  ReservationView,
  SimulatedPlatform,
} from './platform.ts';
export {
  COMPARED_FIELDS,
  type ComparedField,
  type ComparedUnit,
  type Difference,
  differences,
} from './pms/comparison.ts';
export {
  type PmsBooking,
  type PmsPorts,
  type PmsProperty,
  PmsSimulator,
  type PropertySpec,
} from './pms/pms.ts';
export type { PropertyState, TruthNight } from './pms/truth.ts';
export { fetchOverNetwork, postOverNetwork, realPorts } from './real-ports.ts';
export {
  type ServedPlatform,
  type ServeOptions,
  serveAirbnb,
  serveBookingCom,
  serveExpedia,
  serveGoogle,
  servePlatform,
  serveVrbo,
} from './serve.ts';
export { fullestWindow } from './sliding-window.ts';
export { seeded, VirtualTime } from './virtual-time.ts';
export type { AdvertiserSpec, Mood } from './vrbo/crawler.ts';
export { VrboPlatform } from './vrbo/platform.ts';
export { VRBO_DEFAULTS, VRBO_RULES, type VrboSettings } from './vrbo/settings.ts';
export type { UnitSpec } from './vrbo/unit.ts';
export type { Delivery, DeliveryPolicy, PostMessage, Subscription } from './webhooks.ts';
