import type { Outputs } from "../../../testbed/after-up";
import { createContainer, removeContainers } from "../containers";
import { GENERATOR_IMAGE, inContainer } from "../generator";
import { findPlace } from "../place";
import type { Side } from "./side";

/** A deployment on Docker, with generators in its networks. Whoever calls removes them again. */
export async function dockerSide(instance: string, outputs: Outputs): Promise<Side> {
  await removeContainers(instance);
  const place = await findPlace(instance);
  const { userHeader, openclawEndpoint: openclaw, edgeEndpoint: edge } = place;
  const generator = async (name: string, networks: string[] | { of: string }) =>
    inContainer(await createContainer(place, { name: `generator-${name}`, image: GENERATOR_IMAGE, networks }));
  const inside = await generator("inside", { of: place.guard.holder });
  const outside = await generator("outside", [place.entrance]);
  return { outputs, userHeader, openclaw, edge, inside, outside };
}
