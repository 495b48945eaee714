/** Stations by place: nearest first, in a box, along a route. */
import { around } from 'geokdbush';
import KDBush from 'kdbush';
import { type Box, boxAround, distanceM, offPiece, type Piece, piecesOf, type Point } from '../domain/geography.js';

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

  /**
   * The nearest stations within a circle that pass, at least `most` of them if there are so many; in order, and none
   * left out before the last. Every visit goes no further than it has to.
   */
  nearest(
    centre: Point,
    radiusM: number,
    most: number,
    passes: (station: number, distanceM: number) => boolean,
  ): Found[] {
    if (this.#points.length === 0) return [];
    const { latitude, longitude } = centre;
    const far = (station: number): number => {
      const { latitude: lat, longitude: lon } = this.#points[station] ?? centre;
      return distanceM(latitude, longitude, lat, lon);
    };
    const within = (limitM: number, count: number): number[] =>
      around(this.#tree, longitude, latitude, count, slack(limitM) / 1000, (station) => {
        const distance = far(station);
        return distance <= radiusM && passes(station, distance);
      });
    const first = within(radiusM, most);
    const last = first.at(-1);
    // Others may lie as far away as the last one: which of them comes first must not depend on the tree.
    const all = first.length < most || last === undefined ? first : within(far(last), Infinity);
    return all
      .map((station) => ({ station, key: far(station), distanceM: far(station) }))
      .sort((a, b) => a.key - b.key || a.station - b.station);
  }

  /** In a box, by number. */
  inside({ south, west, north, east }: Box): number[] {
    if (this.#points.length === 0) return [];
    const found =
      west <= east
        ? this.#tree.range(west, south, east, north)
        : [...this.#tree.range(west, south, 180, north), ...this.#tree.range(-180, south, east, north)];
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** Within a corridor, by how far along the route they are; the distance is the one off it. */
  along(points: readonly Point[], corridorM: number): Found[] {
    const best = new Map<number, Found>();
    for (const piece of piecesOf(points)) {
      for (const station of this.inside(boxAround(piece, corridorM))) {
        const found = this.#off(piece, station);
        const before = best.get(station);
        if ((found.distanceM ?? 0) <= corridorM && (!before || nearer(found, before))) best.set(station, found);
      }
    }
    return [...best.values()].sort((a, b) => a.key - b.key || a.station - b.station);
  }

  #off(piece: Piece, station: number): Found {
    const { latitude, longitude } = this.#points[station] ?? piece.from;
    const { offM, alongM } = offPiece(piece, latitude, longitude);
    return { station, key: alongM, distanceM: offM };
  }
}

/** The tree reckons with other last digits than we do. */
const slack = (metres: number): number => metres * (1 + 1e-9) + 0.001;

function nearer(a: Found, b: Found): boolean {
  return (a.distanceM ?? 0) < (b.distanceM ?? 0);
}
