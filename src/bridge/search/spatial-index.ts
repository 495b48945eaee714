/** Finds stations by place: in a circle, in a box or along a route. */
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

/** A station's index, its sort key, and its distance from the circle's centre or the route, if either was given. */
export interface StationMatch {
  readonly station: number;
  readonly sortKey: number;
  readonly distanceM?: number;
}

type RouteMatch = Required<StationMatch>;

export class SpatialIndex {
  readonly #points: readonly Point[];
  readonly #tree: KDBush;

  constructor(points: readonly Point[]) {
    this.#points = points;
    this.#tree = new KDBush(points.length);
    for (const { latitude, longitude } of points) this.#tree.add(longitude, latitude);
    if (points.length > 0) this.#tree.finish();
  }

  /** Returns the stations within a circle, nearest first. */
  withinCircle(centre: Point, radiusM: number): StationMatch[] {
    const { latitude, longitude } = centre;
    const matches: StationMatch[] = [];
    for (const station of this.#withinBounds(boxAround({ from: centre, to: centre, startM: 0, lengthM: 0 }, radiusM))) {
      const { latitude: lat, longitude: lon } = this.#points[station] ?? centre;
      const metres = distanceM(latitude, longitude, lat, lon);
      if (metres <= radiusM) matches.push({ station, sortKey: metres, distanceM: metres });
    }
    return matches.sort(compareByKey);
  }

  /** Returns the indexes of the stations in a box, ascending. */
  withinBox(box: Box): number[] {
    return this.#withinBounds(box).sort((a, b) => a - b);
  }

  #withinBounds({ south, west, north, east }: Box): number[] {
    if (this.#points.length === 0) return [];
    if (west <= east) return this.#tree.range(west, south, east, north);
    // A box across the 180th meridian is searched in two halves.
    const stations = [...this.#tree.range(west, south, 180, north), ...this.#tree.range(-180, south, east, north)];
    return [...new Set(stations)];
  }

  /** Returns the stations within a corridor, in their order along the route. `distanceM` is measured from the route. */
  alongRoute(points: readonly Point[], corridorM: number): StationMatch[] {
    const nearest = new Map<number, RouteMatch>();
    for (const segment of routeSegments(points)) {
      for (const station of this.#withinBounds(boxAround(segment, corridorM))) {
        const match = this.#matchAlongSegment(segment, station);
        const previous = nearest.get(station);
        if (match.distanceM <= corridorM && (!previous || match.distanceM < previous.distanceM)) {
          nearest.set(station, match);
        }
      }
    }
    return [...nearest.values()].sort(compareByKey);
  }

  #matchAlongSegment(segment: RouteSegment, station: number): RouteMatch {
    const { latitude, longitude } = this.#points[station] ?? segment.from;
    const { distanceM: metres, alongM } = distanceToSegment(segment, latitude, longitude);
    return { station, sortKey: alongM, distanceM: metres };
  }
}

function compareByKey(a: StationMatch, b: StationMatch): number {
  return a.sortKey - b.sortKey || a.station - b.station;
}
