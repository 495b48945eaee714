/** Stations by place: nearest first, in a box, along a route. */
import KDBush from 'kdbush';
import {
  type Box,
  boxAround,
  distanceM,
  offPiece,
  type Piece,
  piecesOf,
  type Point,
} from '../../domain/locations/geography.js';

/** A station's number, where it stands in the order that was asked for, and its distance where there is one. */
export interface Found {
  readonly station: number;
  readonly key: number;
  readonly distanceM?: number;
}

export class Places {
  readonly #points: readonly Point[];
  readonly #tree: KDBush;

  constructor(points: readonly Point[]) {
    this.#points = points;
    this.#tree = new KDBush(points.length);
    for (const { latitude, longitude } of points) this.#tree.add(longitude, latitude);
    if (points.length > 0) this.#tree.finish();
  }

  /** Within a circle, nearest first. */
  nearest(centre: Point, radiusM: number): Found[] {
    const { latitude, longitude } = centre;
    const found: Found[] = [];
    for (const station of this.#range(boxAround({ from: centre, to: centre, startM: 0, lengthM: 0 }, radiusM))) {
      const { latitude: lat, longitude: lon } = this.#points[station] ?? centre;
      const far = distanceM(latitude, longitude, lat, lon);
      if (far <= radiusM) found.push({ station, key: far, distanceM: far });
    }
    return found.sort(byKey);
  }

  /** In a box, by number. */
  inside(box: Box): number[] {
    return this.#range(box).sort((a, b) => a - b);
  }

  #range({ south, west, north, east }: Box): number[] {
    if (this.#points.length === 0) return [];
    if (west <= east) return this.#tree.range(west, south, east, north);
    // The two halves touch where the box is as wide as the world.
    const found = [...this.#tree.range(west, south, 180, north), ...this.#tree.range(-180, south, east, north)];
    return [...new Set(found)];
  }

  /** Within a corridor, by how far along the route they are; the distance is the one off it. */
  along(points: readonly Point[], corridorM: number): Found[] {
    const best = new Map<number, Found>();
    for (const piece of piecesOf(points)) {
      for (const station of this.#range(boxAround(piece, corridorM))) {
        const found = this.#off(piece, station);
        const before = best.get(station);
        if ((found.distanceM ?? 0) <= corridorM && (!before || nearer(found, before))) best.set(station, found);
      }
    }
    return [...best.values()].sort(byKey);
  }

  #off(piece: Piece, station: number): Found {
    const { latitude, longitude } = this.#points[station] ?? piece.from;
    const { offM, alongM } = offPiece(piece, latitude, longitude);
    return { station, key: alongM, distanceM: offM };
  }
}

function byKey(a: Found, b: Found): number {
  return a.key - b.key || a.station - b.station;
}

function nearer(a: Found, b: Found): boolean {
  return (a.distanceM ?? 0) < (b.distanceM ?? 0);
}
