package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.Address;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

class ProvenFailureDetectorTest {
  private static final Address MEMBER = new Address("akka", "larch", "fallen.example", 25520);

  @Test
  void shouldBelieveProofBeforeSilence() {
    ActorTestKit kit = ActorTestKit.create();
    try {
      Config settings =
          ConfigFactory.parseResources("larch-cluster.conf")
              .withFallback(ConfigFactory.load())
              .resolve()
              .getConfig("akka.cluster.failure-detector");
      var detector =
          new ProvenFailureDetector(settings, Adapter.toClassic(kit.system()).eventStream());
      detector.address_$eq(MEMBER.toString());
      detector.heartbeat();
      assertTrue(detector.isAvailable(), "it has just been heard");
      ProvenFailureDetector.ended(MEMBER);
      assertFalse(detector.isAvailable(), "its death is proved");
      detector.heartbeat();
      assertFalse(detector.isAvailable(), "a late heartbeat proves nothing");
      ProvenFailureDetector.removed(MEMBER);
      assertTrue(detector.isAvailable(), "who comes to its place is another");
    } finally {
      kit.shutdownTestKit();
    }
  }
}
