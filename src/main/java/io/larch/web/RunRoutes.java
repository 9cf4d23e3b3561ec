package io.larch.web;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.extractStrictEntity;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.onComplete;
import static akka.http.javadsl.server.Directives.parameter;
import static akka.http.javadsl.server.Directives.parameterOptional;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathEndOrSingleSlash;
import static akka.http.javadsl.server.Directives.pathPrefix;
import static akka.http.javadsl.server.Directives.post;
import static akka.http.javadsl.server.Directives.withSizeLimit;
import static akka.http.javadsl.server.PathMatchers.segment;
import static io.larch.web.Answers.error;
import static io.larch.web.Answers.json;

import akka.NotUsed;
import akka.http.javadsl.marshalling.sse.EventStreamMarshalling;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.http.javadsl.server.Route;
import akka.japi.Pair;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import io.larch.config.HttpSettings;
import io.larch.config.RunFile;
import io.larch.observe.Event;
import io.larch.observe.Json;
import io.larch.observe.Metrics;
import io.larch.observe.RunHistory.TensorFigure;
import io.larch.reduce.SliceTree;
import io.larch.web.RunControl.Accepted;
import io.larch.web.RunControl.Busy;
import io.larch.web.RunControl.Harm;
import io.larch.web.RunControl.Ordered;
import io.larch.web.RunControl.Recording;
import io.larch.web.RunControl.Refused;
import io.larch.web.RunControl.Submitted;
import io.larch.web.RunControl.Timelines;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import scala.concurrent.duration.FiniteDuration;

/**
 * The routes of runs.
 *
 * <pre>
 *   POST /larch/run/submit[?resume=true]  a run file     202 {"run":…}, 409 another runs, 400 refused
 *   POST /larch/run/stop                                 202 {"run":…,"step":…}, 409 nothing runs
 *   POST /larch/run/checkpoint                           202 {"run":…,"step":…}, 409 nothing runs
 *   POST /larch/node/confirm-death?node=HOST:PORT        202 {"node":…}, 409 it is not silent
 *   POST /larch/node/HARM                                202 {"run":…,"step":…}, 409 nothing runs, 400 not for trials
 *   GET  /larch/run/status                               200 {@link Status}
 *   GET  /metrics                                        200 for Prometheus
 *   GET  /larch/run/timeline[?steps=1]                    200 Chrome trace events, 409 nothing runs
 *   GET  /larch/run/events[?after=0&layers=false]        200 server-sent events, 404 no run yet
 *   GET  /larch/run/history[?points=1000]                200 {@link RunEvents.Whole}
 *   GET  /larch/run/layers?figure=ratio[&columns=160]    200 a figure of all tensors by step; or weight, gradient
 *   GET  /larch/run/tree?slice=0                         200 {@link SliceTree}, 404 there is none
 *   GET  /larch/runs                                     200 runs in the output folder
 *   GET  /larch/runs/NAME[?points=1000]                  200 what it told, 404 there is none
 *   GET  /larch                                          200 the dashboard
 * </pre>
 *
 * HARM is flip-bit, kill, which is not answered, leave, pause or sleep: see {@link Harm}.
 *
 * <p>A POST needs what {@link Access} asks. The stream of events gives each as a line of {@code
 * --json}, with its number as id, then {@code ended} with how the run ended; {@code Last-Event-ID}
 * says where to go on.
 */
final class RunRoutes {
  static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int POINTS = 1_000;
  private static final int COLUMNS = 160;
  private static final int LONGEST_TIMELINE = 64 << 20;
  private static final String NOTHING_RUNS = "No run is in progress.";
  private static final String NO_RUN = "No run has been submitted to this cluster.";
  private static final ContentType METRICS = ContentTypes.parse(Metrics.CONTENT_TYPE);
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  private final RunControl control;
  private final Access access;

  RunRoutes(RunControl control, HttpSettings http) {
    this.control = control;
    access = new Access(http);
  }

  Route routes() {
    return concat(path("metrics", () -> get(this::metrics)), pathPrefix("larch", this::ofCluster));
  }

  private Route metrics() {
    return complete(
        HttpResponse.create().withEntity(METRICS, ByteString.fromString(control.metrics())));
  }

  private Route ofCluster() {
    return concat(
        Dashboard.routes(),
        pathPrefix("run", this::runs),
        pathPrefix("runs", this::pastRuns),
        pathPrefix("node", this::ofNode));
  }

  private Route ofNode() {
    return concat(
        path("confirm-death", () -> post(() -> access.guard(this::confirmDeath))),
        Arrays.stream(Harm.values()).map(this::harm).toArray(Route[]::new));
  }

  private Route harm(Harm harm) {
    return path(harm.word(), () -> order(() -> control.harm(harm)));
  }

  private Route runs() {
    return concat(
        path("status", () -> get(this::status)),
        path("events", () -> get(this::events)),
        path("timeline", () -> get(this::timeline)),
        path("history", () -> get(this::history)),
        path("layers", () -> get(this::layers)),
        path("tree", () -> get(this::tree)),
        path("submit", () -> post(() -> access.guard(this::submit))),
        path("stop", () -> order(control::stop)),
        path("checkpoint", () -> order(control::checkpoint)));
  }

  private Route confirmDeath() {
    return parameter(
        "node", node -> answer(() -> control.confirmDeath(node), known -> confirmed(node, known)));
  }

  private static Route confirmed(String node, boolean known) {
    return known
        ? complete(json(StatusCodes.ACCEPTED, Map.of("node", node)))
        : error(
            StatusCodes.CONFLICT,
            "No silent node of the cluster has the address %s; /cluster/members lists all, and one that answers is not dead."
                .formatted(node));
  }

  private Route status() {
    return answer(control::status, status -> complete(json(StatusCodes.OK, status)));
  }

  private Route pastRuns() {
    return get(
        () ->
            concat(
                pathEndOrSingleSlash(
                    () ->
                        answer(
                            control::pastRuns,
                            runs -> complete(json(StatusCodes.OK, Map.of("runs", runs))))),
                path(
                    segment(),
                    name ->
                        number(
                            "points",
                            POINTS,
                            points ->
                                answer(
                                    () -> control.pastRun(name, points),
                                    run -> found(run, "There is no run of this name."))))));
  }

  private Route history() {
    return number(
        "points", POINTS, points -> complete(json(StatusCodes.OK, control.events().whole(points))));
  }

  private Route layers() {
    return parameter(
        "figure",
        name ->
            Arrays.stream(TensorFigure.values())
                .filter(figure -> figure.name().equalsIgnoreCase(name))
                .findFirst()
                .map(this::layers)
                .orElseGet(
                    () -> error(StatusCodes.BAD_REQUEST, "figure is ratio, weight or gradient.")));
  }

  private Route layers(TensorFigure figure) {
    return number(
        "columns",
        COLUMNS,
        columns -> complete(json(StatusCodes.OK, control.events().heat(figure, columns))));
  }

  private Route tree() {
    return number(
        "slice",
        0,
        slice ->
            answer(
                () -> control.tree(slice),
                tree -> found(tree, "No run with such a slice is in progress here.")));
  }

  private static Route found(Optional<?> value, String otherwise) {
    return value
        .map(there -> complete(json(StatusCodes.OK, there)))
        .orElseGet(() -> error(StatusCodes.NOT_FOUND, otherwise));
  }

  /** A parameter that is a number up to 9999. */
  private static Route number(String name, int otherwise, Function<Integer, Route> inner) {
    return parameterOptional(
        name,
        given ->
            given.filter(text -> !text.matches("\\d{1,4}")).isPresent()
                ? error(StatusCodes.BAD_REQUEST, name + " is a number from 0 to 9999.")
                : inner.apply(given.map(Integer::parseInt).orElse(otherwise)));
  }

  private Route submit() {
    return parameterOptional(
        "resume",
        resume ->
            withSizeLimit(
                RunFile.LARGEST_BYTES,
                () ->
                    extractStrictEntity(
                        FiniteDuration.create(LIMIT.toSeconds(), TimeUnit.SECONDS),
                        body ->
                            submit(
                                body.getData().decodeString(StandardCharsets.UTF_8),
                                resume.filter("true"::equals).isPresent()))));
  }

  private Route submit(String hocon, boolean resume) {
    return answer(() -> control.submit(hocon, resume), RunRoutes::submitted);
  }

  private static Route submitted(Submitted submitted) {
    if (submitted instanceof Accepted accepted) {
      return complete(json(StatusCodes.ACCEPTED, accepted));
    } else if (submitted instanceof Busy busy) {
      return error(
          StatusCodes.CONFLICT,
          "The run %s is in progress, and a cluster trains one at a time; wait for its end or stop it."
              .formatted(busy.run()));
    }
    return error(StatusCodes.BAD_REQUEST, ((Refused) submitted).paragraph());
  }

  private Route order(Supplier<CompletionStage<Ordered>> order) {
    return post(() -> access.guard(() -> answer(order, RunRoutes::ordered)));
  }

  private static Route ordered(Ordered ordered) {
    return ordered.run() == null
        ? error(StatusCodes.CONFLICT, NOTHING_RUNS)
        : complete(json(StatusCodes.ACCEPTED, ordered));
  }

  private static <T> Route answer(Supplier<CompletionStage<T>> asked, Function<T, Route> route) {
    return onComplete(
        () ->
            asked.get().toCompletableFuture().copy().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS),
        tried ->
            tried.isSuccess() ? route.apply(tried.get()) : Answers.failure(tried.failed().get()));
  }

  private Route events() {
    return extractRequest(
        request ->
            control
                .events()
                .run()
                .map(run -> stream(run, request))
                .orElseGet(() -> error(StatusCodes.NOT_FOUND, NO_RUN)));
  }

  private Route timeline() {
    return parameterOptional(
        "steps",
        steps ->
            steps.filter(s -> !s.matches("[1-9]\\d{0,3}")).isPresent()
                ? error(StatusCodes.BAD_REQUEST, "steps is a number from 1 to 9999.")
                : timeline(steps.map(Long::parseLong).orElse(1L)));
  }

  private Route timeline(long steps) {
    return answer(
        control::timelines,
        running ->
            running
                .map(timelines -> complete(flowing(recorded(timelines, steps))))
                .orElseGet(() -> error(StatusCodes.CONFLICT, NOTHING_RUNS)));
  }

  private static HttpResponse flowing(Source<ByteString, ?> json) {
    return HttpResponse.create()
        .withEntity(HttpEntities.createChunked(ContentTypes.APPLICATION_JSON, json));
  }

  /**
   * What is recorded from when somebody reads it until it is read or the reader has gone. It may
   * take long; white space in front of the array keeps it alive.
   */
  private static Source<ByteString, ?> recorded(Timelines timelines, long steps) {
    return Source.lazySource(
        () -> {
          TimelineText text = new TimelineText(LONGEST_TIMELINE);
          Recording recording = timelines.record(steps, text);
          return Source.completionStage(text.whole().thenApply(ByteString::fromString))
              .keepAlive(HEARTBEAT, () -> ByteString.fromString(" "))
              .watchTermination(
                  (none, over) -> over.whenComplete((done, broken) -> recording.stop()));
        });
  }

  private static long lastSeen(HttpRequest request) {
    return request
        .getHeader("Last-Event-ID")
        .map(header -> header.value())
        .or(() -> request.getUri().query().get("after"))
        .filter(id -> id.matches("\\d{1,18}"))
        .map(Long::parseLong)
        .orElse(0L);
  }

  private Route stream(String run, HttpRequest request) {
    boolean layers = !request.getUri().query().get("layers").equals(Optional.of("false"));
    Source<ServerSentEvent, NotUsed> events =
        Source.unfoldAsync(
                lastSeen(request), from -> control.events().after(run, from).thenApply(this::next))
            .mapConcat(told -> told)
            .filter(told -> layers || !isOfLayers(told))
            .takeWhile(told -> told instanceof RunEvents.Happened, true)
            .map(RunRoutes::sent)
            .keepAlive(HEARTBEAT, ServerSentEvent::heartbeat);
    return complete(StatusCodes.OK, events, EventStreamMarshalling.toEventStream());
  }

  private static boolean isOfLayers(RunEvents.Told told) {
    return told instanceof RunEvents.Happened happened && happened.event() instanceof Event.Layers;
  }

  private Optional<Pair<Long, List<RunEvents.Told>>> next(List<RunEvents.Told> told) {
    return told.isEmpty()
        ? Optional.empty()
        : Optional.of(Pair.create(told.get(told.size() - 1).number(), told));
  }

  private static ServerSentEvent sent(RunEvents.Told told) {
    String id = String.valueOf(told.number());
    if (told instanceof RunEvents.Happened happened) {
      return ServerSentEvent.create(Json.write(happened.event()), "told", id);
    }
    return ServerSentEvent.create(Json.write((Object) told), "ended", id);
  }
}
