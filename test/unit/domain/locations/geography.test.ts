/** Distances from a route, also where a piece of it lies on the far side of the globe. */
import { expect, it } from 'vitest';
import { distanceToSegment, routeSegments } from '../../../../src/domain/locations/geography.js';

const nearest = (points: Parameters<typeof routeSegments>[0], latitude: number, longitude: number): number =>
  Math.min(...routeSegments(points).map((piece) => distanceToSegment(piece, latitude, longitude).distanceM));

it('a route across the 180th meridian does not pass a place on the other side of the globe', () => {
  const points = [
    { latitude: 12, longitude: 179.9 },
    { latitude: 12, longitude: -179.9 },
  ];
  expect(nearest(points, 12, 0)).toBeGreaterThan(10_000_000);
  expect(nearest(points, 12, 180)).toBeLessThan(1);
});

it('a route around the pole does not pass a place at the longitude opposite to its beginning', () => {
  const points = [
    { latitude: 89.16, longitude: 157.29 },
    { latitude: 89.26, longitude: -10.77 },
  ];
  expect(nearest(points, 89.13, -22.72)).toBeGreaterThan(5_000);
});
