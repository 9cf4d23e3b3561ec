package io.larch.observe;

/**
 * Where a step's time went on one device, in seconds; together they are the time from the order to
 * the commit.
 *
 * @param data waiting for samples and taking them over
 * @param pack bringing the weights into the layouts that the layers compute with
 * @param forward forward and loss
 * @param backward backward, adding up over the device's lanes included
 * @param reduce waiting, its own lanes done, for the reduction and the update
 */
public record DevicePhases(
    double data, double pack, double forward, double backward, double reduce) {}
