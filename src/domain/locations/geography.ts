/** Calculates distances between places and from a place to a route, and boxes around a route. Degrees are WGS 84. */

import type { Box, Point } from '../model/network.js';

const EARTH_RADIUS_M = 6_371_000;
const RADIANS_PER_DEGREE = Math.PI / 180;
/** Segments up to about this length are treated as flat. */
const SEGMENT_M = 20_000;
const MAX_SEGMENTS = 5000;

/** Returns the great-circle distance. @unit Degrees in, metres out. */
export function distanceM(aLat: number, aLon: number, bLat: number, bLon: number): number {
  const dLat = (bLat - aLat) * RADIANS_PER_DEGREE;
  const dLon = (bLon - aLon) * RADIANS_PER_DEGREE;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(aLat * RADIANS_PER_DEGREE) * Math.cos(bLat * RADIANS_PER_DEGREE) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Checks whether a place is in a box or on its edge. @unit Degrees. */
export function isInBox({ south, west, north, east }: Box, latitude: number, longitude: number): boolean {
  const within = west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
  return latitude >= south && latitude <= north && within;
}

export interface RouteSegment {
  readonly from: Point;
  readonly to: Point;
  /** Metres from the beginning of the route. */
  readonly startM: number;
  readonly lengthM: number;
}

/**
 * Divides a route into segments of about 20 km or less.
 * @shape A single point yields one segment of length 0; the route is cut off after 5000 segments.
 */
export function routeSegments(points: readonly Point[]): RouteSegment[] {
  const segments: RouteSegment[] = [];
  let startM = 0;
  const add = (from: Point, to: Point): void => {
    const lengthM = distanceM(from.latitude, from.longitude, to.latitude, to.longitude);
    segments.push({ from, to, startM, lengthM });
    startM += lengthM;
  };
  const [first] = points;
  if (first && points.length === 1) add(first, first);
  for (let index = 1; index < points.length; index++) {
    const [from, to] = [points[index - 1], points[index]];
    if (!from || !to) continue;
    const dLon = normalisedLongitude(to.longitude - from.longitude);
    const distance = distanceM(from.latitude, from.longitude, to.latitude, to.longitude);
    const count = Math.max(1, Math.ceil(distance / SEGMENT_M));
    const pointAt = (part: number): Point => ({
      latitude: from.latitude + ((to.latitude - from.latitude) * part) / count,
      longitude: normalisedLongitude(from.longitude + (dLon * part) / count),
    });
    for (let part = 0; part < count && segments.length < MAX_SEGMENTS; part++) add(pointAt(part), pointAt(part + 1));
  }
  return segments;
}

/** Returns a place's distance from a segment, and how far along the route the nearest point is. @unit Metres out. */
export function distanceToSegment(
  { from, to, startM, lengthM }: RouteSegment,
  latitude: number,
  longitude: number,
): { readonly distanceM: number; readonly alongM: number } {
  const scale = EARTH_RADIUS_M * RADIANS_PER_DEGREE;
  const lonScale = Math.cos(latitude * RADIANS_PER_DEGREE);
  const x = (degrees: number): number => normalisedLongitude(degrees) * lonScale * scale;
  const y = (lat: number): number => (lat - latitude) * scale;
  const [ax, ay, by] = [x(from.longitude - longitude), y(from.latitude), y(to.latitude)];
  // Measured from the other end, so that a segment on the far side of the globe does not seem to pass by here.
  const bx = ax + x(to.longitude - from.longitude);
  const square = (bx - ax) ** 2 + (by - ay) ** 2;
  const fraction = square === 0 ? 0 : Math.min(1, Math.max(0, -(ax * (bx - ax) + ay * (by - ay)) / square));
  const distance = Math.hypot(ax + fraction * (bx - ax), ay + fraction * (by - ay));
  return { distanceM: distance, alongM: startM + fraction * lengthM };
}

/** Returns a box that contains every place within a distance of a segment. @unit Metres in, degrees out. */
export function boxAround({ from, to }: RouteSegment, metres: number): Box {
  const dLat = (metres / (EARTH_RADIUS_M * RADIANS_PER_DEGREE)) * 1.01 + 1e-6;
  const south = Math.max(-90, Math.min(from.latitude, to.latitude) - dLat);
  const north = Math.min(90, Math.max(from.latitude, to.latitude) + dLat);
  const lonScale = Math.cos(Math.max(Math.abs(south), Math.abs(north)) * RADIANS_PER_DEGREE);
  const dLon = lonScale < 0.01 ? 180 : dLat / lonScale;
  const span = normalisedLongitude(to.longitude - from.longitude);
  const [left, right] = span >= 0 ? [from.longitude, from.longitude + span] : [from.longitude + span, from.longitude];
  if (right - left + 2 * dLon >= 360) return { south, north, west: -180, east: 180 };
  return { south, north, west: normalisedLongitude(left - dLon), east: normalisedLongitude(right + dLon) };
}

/** Converts a longitude, or a difference of longitudes, to the range −180 to 180 degrees. */
function normalisedLongitude(degrees: number): number {
  if (degrees >= -180 && degrees <= 180) return degrees;
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
