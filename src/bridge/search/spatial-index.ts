/** Stations by place: nearest first, in a box, along a route. */
import KDBush from 'kdbush';
import {
  boxAround,
  distanceM,
  distanceToSegment,
  type RouteSegment,
  routeSegments,
} from '../../domain/locations/geography.js';
import { type Box } from '../../domain/model/network.js';
import { type Point } from '../../domain/model/network.js';

/** A station's number, where it stands in the order that was asked for, and its distance where there is one. */
export interface StationMatch {
  readonly station: number;
  readonly sortKey: number;
  readonly distanceM?: number;
}

export class SpatialIndex {
  readonly #points: readonly Point[];
  readonly #tree: KDBush;

  constructor(points: readonly Point[]) {
    this.#points = points;
    this.#tree = new KDBush(points.length);
    for (const { latitude, longitude } of points) this.#tree.add(longitude, latitude);
    if (points.length > 0) this.#tree.finish();
  }

  /** Within a circle, nearest first. */
  withinCircle(centre: Point, radiusM: number): StationMatch[] {
    const { latitude, longitude } = centre;
    const found: StationMatch[] = [];
    for (const station of this.#withinBounds(boxAround({ from: centre, to: centre, startM: 0, lengthM: 0 }, radiusM))) {
      const { latitude: lat, longitude: lon } = this.#points[station] ?? centre;
      const far = distanceM(latitude, longitude, lat, lon);
      if (far <= radiusM) found.push({ station, sortKey: far, distanceM: far });
    }
    return found.sort(compareByKey);
  }

  /** In a box, by number. */
  withinBox(box: Box): number[] {
    return this.#withinBounds(box).sort((a, b) => a - b);
  }

  #withinBounds({ south, west, north, east }: Box): number[] {
    if (this.#points.length === 0) return [];
    if (west <= east) return this.#tree.range(west, south, east, north);
    // The two halves touch where the box is as wide as the world.
    const found = [...this.#tree.range(west, south, 180, north), ...this.#tree.range(-180, south, east, north)];
    return [...new Set(found)];
  }

  /** Within a corridor, by how far along the route they are; the distance is the one off it. */
  alongRoute(points: readonly Point[], corridorM: number): StationMatch[] {
    const best = new Map<number, StationMatch>();
    for (const piece of routeSegments(points)) {
      for (const station of this.#withinBounds(boxAround(piece, corridorM))) {
        const found = this.#matchAlongPiece(piece, station);
        const before = best.get(station);
        if ((found.distanceM ?? 0) <= corridorM && (!before || isNearer(found, before))) best.set(station, found);
      }
    }
    return [...best.values()].sort(compareByKey);
  }

  #matchAlongPiece(piece: RouteSegment, station: number): StationMatch {
    const { latitude, longitude } = this.#points[station] ?? piece.from;
    const { distanceM: offM, alongM } = distanceToSegment(piece, latitude, longitude);
    return { station, sortKey: alongM, distanceM: offM };
  }
}

function compareByKey(a: StationMatch, b: StationMatch): number {
  return a.sortKey - b.sortKey || a.station - b.station;
}

function isNearer(a: StationMatch, b: StationMatch): boolean {
  return (a.distanceM ?? 0) < (b.distanceM ?? 0);
}
