/** Places on the globe: how far apart, and how far off a route. Degrees, WGS 84, taken for a sphere. */

const EARTH_RADIUS_M = 6_371_000;
const RADIANS_PER_DEGREE = Math.PI / 180;
/** A piece of a route is short enough to be drawn on flat paper. */
const SEGMENT_M = 20_000;
const MAX_SEGMENTS = 5000;

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** `west` is east of `east` where the box lies across the antimeridian. */
export interface Box {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

export interface Route {
  readonly points: readonly Point[];
  /** How far off the route a place may lie, metres. */
  readonly corridorM: number;
}

/** Great-circle distance, metres. */
export function distanceM(aLat: number, aLon: number, bLat: number, bLon: number): number {
  const dLat = (bLat - aLat) * RADIANS_PER_DEGREE;
  const dLon = (bLon - aLon) * RADIANS_PER_DEGREE;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(aLat * RADIANS_PER_DEGREE) * Math.cos(bLat * RADIANS_PER_DEGREE) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function isInBox({ south, west, north, east }: Box, latitude: number, longitude: number): boolean {
  const within = west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
  return latitude >= south && latitude <= north && within;
}

/** A short, straight piece of a route. */
export interface RouteSegment {
  readonly from: Point;
  readonly to: Point;
  /** Metres from the route's beginning. */
  readonly startM: number;
  readonly lengthM: number;
}

/** A route as short pieces; a single point is one of no length. Beyond 100,000 km it is not looked at. */
export function routeSegments(points: readonly Point[]): RouteSegment[] {
  const pieces: RouteSegment[] = [];
  let startM = 0;
  const add = (from: Point, to: Point): void => {
    const lengthM = distanceM(from.latitude, from.longitude, to.latitude, to.longitude);
    pieces.push({ from, to, startM, lengthM });
    startM += lengthM;
  };
  const [first] = points;
  if (first && points.length === 1) add(first, first);
  for (let index = 1; index < points.length; index++) {
    const [from, to] = [points[index - 1], points[index]];
    if (!from || !to) continue;
    const dLon = normalisedLongitude(to.longitude - from.longitude);
    const whole = distanceM(from.latitude, from.longitude, to.latitude, to.longitude);
    const count = Math.max(1, Math.ceil(whole / SEGMENT_M));
    const at = (part: number): Point => ({
      latitude: from.latitude + ((to.latitude - from.latitude) * part) / count,
      longitude: normalisedLongitude(from.longitude + (dLon * part) / count),
    });
    for (let part = 0; part < count && pieces.length < MAX_SEGMENTS; part++) add(at(part), at(part + 1));
  }
  return pieces;
}

/** How far a place lies off a piece, and how far along the route its nearest point is; metres. */
export function distanceToSegment(
  { from, to, startM, lengthM }: RouteSegment,
  latitude: number,
  longitude: number,
): { readonly distanceM: number; readonly alongM: number } {
  const scale = EARTH_RADIUS_M * RADIANS_PER_DEGREE;
  const shrink = Math.cos(latitude * RADIANS_PER_DEGREE);
  const x = (lon: number): number => normalisedLongitude(lon - longitude) * shrink * scale;
  const y = (lat: number): number => (lat - latitude) * scale;
  const [ax, ay, bx, by] = [x(from.longitude), y(from.latitude), x(to.longitude), y(to.latitude)];
  const square = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, -(ax * (bx - ax) + ay * (by - ay)) / square));
  return { distanceM: Math.hypot(ax + share * (bx - ax), ay + share * (by - ay)), alongM: startM + share * lengthM };
}

/** A box, or two across the antimeridian, that holds everything within so many metres of a piece. */
export function boxAround({ from, to }: RouteSegment, metres: number): Box {
  const dLat = (metres / (EARTH_RADIUS_M * RADIANS_PER_DEGREE)) * 1.01 + 1e-6;
  const south = Math.max(-90, Math.min(from.latitude, to.latitude) - dLat);
  const north = Math.min(90, Math.max(from.latitude, to.latitude) + dLat);
  const shrink = Math.cos(Math.max(Math.abs(south), Math.abs(north)) * RADIANS_PER_DEGREE);
  const dLon = shrink < 0.01 ? 180 : dLat / shrink;
  const span = normalisedLongitude(to.longitude - from.longitude);
  const [left, right] = span >= 0 ? [from.longitude, from.longitude + span] : [from.longitude + span, from.longitude];
  if (right - left + 2 * dLon >= 360) return { south, north, west: -180, east: 180 };
  return { south, north, west: normalisedLongitude(left - dLon), east: normalisedLongitude(right + dLon) };
}

/** A difference of longitudes, or a longitude, the short way round: −180 to 180. */
function normalisedLongitude(degrees: number): number {
  if (degrees >= -180 && degrees <= 180) return degrees;
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
