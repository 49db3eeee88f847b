import { assert } from './runtime/assert.js';

/** Every bound of the engine, with the relations between them. At a bound the rule is in `docs/ARCHITECTURE.md`, Bounds. */
export const LIMITS = {
  actor: {
    /** Messages waiting for one actor; past it `tell` answers false. */
    mailbox: 10_000,
    /** Messages one actor handles before another gets its turn. */
    turn: 64,
    /** Actors that get theirs before sockets and timers get one. */
    turnsAtOnce: 16,
    /** Crashes allowed within `restartWindowMs` before the actor is stopped for good. */
    restarts: 10,
    restartWindowMs: 60_000,
    backoffFirstMs: 10,
    backoffMostMs: 5_000,
    askMs: 2_000,
    /** An actor that is asked about itself and has not had its turn by then is shown as stuck. */
    lookMs: 500,
    /** Actors asked at once; the others are counted, and shown where they are asked for by themselves. */
    looked: 1_000,
    /** A look is shown again for so long: however many watch, the tree is asked so often and no more. */
    lookAgainMs: 250,
  },
  frame: {
    /** Body bytes of a suho-2 frame. */
    body: 65_536,
    /** The same before WELCOME. */
    bodyBeforeWelcome: 4_096,
  },
  session: {
    helloMs: 5_000,
    heartbeatMs: 5_000,
    /** The longest that WELCOME may set: an EA's clock sample must stay younger than a minute. */
    heartbeatMostMs: 20_000,
    silenceMs: 15_000,
    /** EAs of suho-1 beat every 30 s, and say nothing else while the market is closed. */
    silenceSuho1Ms: 90_000,
    ackOwedMs: 1_000,
    /** Bytes read from one socket before another gets its turn. */
    readTurn: 65_536,
    /** Bytes waiting to be written; past it the client is closed. */
    outbox: 1_048_576,
    /** Frames sent and not acked; past it the sender waits. */
    unacked: 4_096,
    perAddress: 4_096,
    perNode: 16_384,
    /** Sessions that are told to go at once where a node is emptied, and the time before the next are; more, where it would take longer. */
    drainAtOnce: 6,
    drainEveryMs: 50,
    drainMostMs: 60_000,
    /** On their way to other nodes; past it fewer are told to go. */
    drainUnderWay: 20,
    /** The longest that EAs are told to stay away. */
    drainPauseMostMs: 3_600_000,
    /** Takeovers between two instances in `takeoverWindowMs` before the account gets no signals. */
    takeovers: 3,
    takeoverWindowMs: 600_000,
    refusalDelayFirstMs: 250,
    refusalDelayMostMs: 8_000,
    /** Clients whose refusal waits its time, by address and node; past it the next is closed at once. */
    refusalsPerAddress: 64,
    refusalsPerNode: 4_096,
    /** Addresses of which a node keeps in mind what they got wrong; past it the one that failed longest ago is forgotten. */
    addresses: 10_000,
    /** Accounts looked up by their ids in one statement, and taken by their HELLOs in one transaction. */
    lookups: 250,
    claims: 50,
    /** How often a node asks what operators have changed on another. */
    changesMs: 2_000,
    /** An account that was connected and is not heard for so long raises an alarm; how often that is looked at. */
    outageMs: 120_000,
    outageLookMs: 15_000,
  },
  keys: {
    /** How long the key before is valid beside the new one, and the longest that may be asked for. */
    overlapMs: 86_400_000,
    overlapMostMs: 2_592_000_000,
  },
  tokens: {
    /** Life of a token for HTTP; unasked, the next is sent at two thirds of it. */
    lifeMs: 900_000,
    /** Asked for again sooner than this, the same is sent. */
    againMs: 60_000,
    /** How far the clocks of two nodes may be apart. */
    skewMs: 60_000,
    /** Characters of a token. */
    text: 1_024,
    /** Age at which a node signs with another key. */
    keyMs: 2_592_000_000,
    /** How long a node goes by the keys it knows of before it asks for more. */
    keysKnownMs: 60_000,
  },
  access: {
    /** Passwords derived at once, and those that wait; past it nobody who signs in is heard. */
    derivations: 2,
    derivationsWaiting: 32,
    /** How far the clock of an authenticator may be off, in its steps of 30 s. */
    codeSteps: 1,
    recoveryCodes: 10,
    /** How long a second factor counts for what needs one. */
    secondFactorMs: 900_000,
    /** How long a sign-in lives without being refreshed, and in all. */
    refreshMs: 43_200_000,
    signInMs: 2_592_000_000,
    /** How long a node goes by what it has read of a sign-in and its user, and of how many. */
    knownMs: 5_000,
    known: 10_000,
    /** Tries in vain that are free, by name and by network; the wait after the next, which doubles, and the longest. */
    triesOfName: 5,
    triesOfNetwork: 20,
    tryFirstMs: 1_000,
    tryMostMs: 60_000,
    triesForgivenMs: 900_000,
    /** Names, and networks, whose tries are kept in mind. */
    triesKept: 10_000,
    /** Life of a link that lets the machine's owner in, and how many there may be. */
    linkMs: 600_000,
    links: 8,
    /** How long somebody may take at the provider of OIDC, and how many at once. */
    oidcMs: 600_000,
    oidcWaiting: 256,
  },
  actions: {
    /** How long a request that named itself is answered what it was, and how many are kept in mind. */
    rememberedMs: 600_000,
    remembered: 1_024,
    reason: 200,
  },
  ledger: {
    /** Rows of one commit. */
    batchRows: 250,
    /** Tenants of one commit: row security has each tenant's statements sent on their own. */
    batchTenants: 25,
    /** Operations waiting to be committed; past it new signals are refused and the wire is not acked. */
    queue: 20_000,
    /** An operation has waited so long for its commit: the node is busy, and for how long it is said to be, since one answer is soon and the next late. */
    busyMs: 100,
    busyForMs: 1_000,
    pageRows: 500,
    /** Rows of balances, risk events and usage of one transaction: a signal that comes meanwhile waits for that one at most. */
    historyRows: 100,
    /** How long such a transaction lets commits of the decision path go before it. */
    historyYieldMs: 100,
    /** Such rows handed to their writer's batch, which are as many transactions as they come to. */
    historyBatch: 1_000,
    /** Accounts whose tenant a node keeps in mind; past it the one it learned first is asked for again. */
    knownAccounts: 100_000,
    /** Where the clock does not help: more numbers (of signals, epochs, symbols) than can have been given since a backup. */
    restoreLeap: 1_000_000,
    /** Numbers that an account is given in a second, at most and over its life: a restore goes on at the place of its time. */
    numbersPerSecond: 2,
  },
  reads: {
    /** Rows of a page of what people read, at most and unasked. */
    pageRows: 500,
    pageUsual: 100,
    /** Rows that a page meets on its way, whatever it is asked for beside their owner and time; past it the page is short. */
    metRows: 1_000,
    /** Ways that a request goes to fill a page, each in a transaction of its own. */
    ways: 8,
  },
  http: {
    bodyBytes: 65_536,
    /** A request that has not come whole by then is cut. */
    requestMs: 10_000,
    /** Characters of a part of an address that names something. */
    paramText: 256,
    /** Requests of an address in a span, where they are no tenant's; addresses counted in one. */
    perAddress: 4_000,
    addressSpanMs: 10_000,
    addresses: 10_000,
    /** Written answers that are sent again while they are the same. */
    keptAnswers: 256,
  },
  latency: {
    /** What a point of the latency over time is of, and how many points are kept. */
    pointMs: 10_000,
    points: 360,
  },
  usage: {
    /** Between two times at which what tenants used is handed to the ledger's writer: what a kill may lose of it. */
    handOverMs: 10_000,
  },
  analytics: {
    /** A query that runs longer is ended by the engine. */
    queryMs: 30_000,
    /** A call that has no answer by then has failed, and an embedded engine is started anew. */
    callMs: 60_000,
    /** Rows of one answer. */
    answerRows: 200_000,
    /** A broker's quotes of a symbol are kept no closer together than this. */
    quoteEveryMs: 1_000,
    /** Lines of the log that are kept of one second, and characters of one text of theirs, and fields. */
    logLines: 200,
    logText: 2_000,
    logFields: 24,
  },
  writer: {
    /** Items of one batch; the batch leaves when it has so many, or is so old. */
    batchItems: 5_000,
    flushMs: 5_000,
    /** Items waiting in memory. */
    queue: 20_000,
    retryFirstMs: 100,
    retryMostMs: 10_000,
    /** Failures in a row before the store is left alone, and for how long. */
    breakerFailures: 5,
    breakerOpenMs: 5_000,
    /** Bytes of one file of what a store that is away has still to get, and how many such files there may be. */
    segment: 8_388_608,
    segments: 32,
  },
  jobs: {
    /** A run's lease; it is renewed three times as often. */
    leaseMs: 60_000,
    /** The longest and the shortest time between two looks at what is due. */
    lookMs: 60_000,
    lookLeastMs: 1_000,
    /** How long work that was told to end may take to do so. */
    stopMs: 30_000,
    retryFirstMs: 30_000,
    retryMostMs: 3_600_000,
    /** Characters of what is kept of how a run ended. */
    sentence: 500,
    /** Rows of one step: a transaction that others may wait for. */
    stepRows: 500,
  },
  archive: {
    /** Rows of one object. */
    objectRows: 5_000,
    /** The same of one copied from analytics: decisions wait for no more than its making. */
    seriesRows: 10_000,
    /** A store that has not answered by then does not. */
    callMs: 60_000,
    /** How long what has left its table can be had back at least, and what was put back stays. */
    wayBackMs: 172_800_000,
  },
  market: {
    /** Ticks handed to an actor in one message. */
    tickBatch: 4_096,
    /** A live candle is closed by the clock this long after its end. */
    closeGraceMs: 500,
    /** Candles kept per symbol and timeframe for warm-up. */
    history: 300,
    /** A jump beyond this share of the price is set aside until confirmed. */
    absurdJump: 0.02,
    confirmTicks: 3,
    confirmWithin: 0.001,
  },
  features: {
    /** Candles between two snapshots of a stream's features. */
    snapshotCandles: 100,
    /** Vectors of a stream in memory and in its snapshot: what the model that looks back furthest is given. */
    recent: 64,
    /** Closes worked into the correlations of one timeframe before the engine gets a pause of so many milliseconds. */
    correlationBatch: 4,
    correlationPauseMs: 5,
  },
  patterns: {
    /** From this certainty on two patterns are one. */
    mergeCertainty: 0.95,
    /** Signals that a pattern remembers as counted. */
    counted: 16,
    /** Items of one collection of a tenant; past it a new one is refused. */
    items: 250_000,
    /** Bytes of one item, packed, without its vector. */
    itemBytes: 16_384,
    pageItems: 500,
    /** Tenants whose collections are held open; the one that was not used for the longest is closed for another. */
    tenantsOpen: 256,
    /** Rows of vectors in memory, over all of them: 650 bytes each, and the item. */
    rowsOpen: 1_000_000,
    /** Calls that wait for their turn; and how long a turn of the embedded store is. */
    waiting: 4_096,
    turnMs: 2,
    /** What a server may take for a search, and for a write. */
    searchMs: 2_000,
    writeMs: 30_000,
    /** How long the signal of a tenant waits for what its patterns say, and how many such questions may be under way. */
    answerMs: 100,
    questions: 256,
    /** What was found holds for so long, of so many windows. */
    cachedMs: 600_000,
    cached: 1_024,
    /** Decisions of a tenant whose embedding, and whose pattern, is in memory; of others the ledger is asked. */
    decisions: 4_096,
    /** Executed decisions whose pattern waits for the store; past it the oldest is stored when its trade closes. */
    keeps: 1_024,
    /** Trades that are counted between two writes of their strategy's figures. */
    tradesAtOnce: 16,
    /** Trades that a strategy remembers as counted, and an account's trail in memory. */
    countedTrades: 64,
    /** A store or ledger that failed is tried again after so long. */
    againMs: 5_000,
  },
  inference: {
    /** Rows of one run of a model; fewer are filled up to it. */
    runRows: 8,
    /** Rows of requests that leave together, as so many runs as they need. */
    batchRows: 32,
    /** Rows of one request. */
    requestRows: 4_096,
    /** Requests that wait for a thread; past it a new one is refused. */
    queue: 4_096,
    /** How long a prediction may take. */
    answerMs: 250,
    /** A batch that takes longer than this ends with its thread. */
    hangMs: 5_000,
    /** A model's fastest run of a trial of so many; a slower model is left out. */
    runMs: 100,
    trialRuns: 3,
    /** How long a change in how models did may wait for the disk. */
    recordsMs: 60_000,
    /** Models that a thread holds; past it the one that was not used for the longest is dropped. */
    modelsHeld: 32,
    /** Batches of a model in a row that failed or took longer than an answer may, and for how long it is left out then. */
    breakerFailures: 3,
    breakerOpenMs: 30_000,
  },
  statements: {
    /** The longest span of a statement. */
    spanMs: 34_560_000_000,
    /** Closed trades of one account's statement, and accounts and refusals of a tenant's results. */
    trades: 20_000,
    accounts: 100,
    refusals: 500,
  },
  streams: {
    /** Streams open at once, of the node and of one who asks. */
    perNode: 1_024,
    perPrincipal: 32,
    /** Topics that one stream hears, and those of one message that asks for them. */
    subscriptions: 512,
    asked: 256,
    /** Bytes of a client's message, and messages and pings of a minute. */
    messageBytes: 16_384,
    saidPerMinute: 240,
    /** Events kept of a topic, and closed candles of a symbol and timeframe. */
    events: 8_192,
    candles: 256,
    /** Figures of accounts that are kept; past it that of the account heard first goes. */
    figures: 65_536,
    /** Between two values of a price, a candle in progress or an account's money. */
    paceMs: 100,
    /** Between two looks at the actors' load and at latency, while somebody hears them. */
    sampleMs: 1_000,
    /** Messages sent before the engine gets its turns, and of those to one reader before another's. */
    turn: 256,
    readerTurn: 32,
    /** Bytes that a reader has not taken; past it nothing more is written. */
    outbox: 262_144,
    /** How long it may take nothing while events wait for it, and how often that is looked at. */
    slowMs: 10_000,
    lookMs: 1_000,
    /** A reader that answers no ping by the next is gone. */
    pingMs: 20_000,
    /** How often it is asked whether a session still stands, and what it may see. */
    reviewMs: 10_000,
  },
  training: {
    /** Candles of a store that are taken at once. */
    pageRows: 20_000,
  },
  advisers: {
    /** How long advice may be used after the candle that it was made of. */
    validMs: 900_000,
    /** How long an answer may take; its bytes, and the tokens that it is allowed. */
    answerMs: 20_000,
    answerBytes: 65_536,
    answerTokens: 1_000,
    /** Questions to one adviser at once, and those that wait. */
    concurrent: 2,
    queue: 64,
    /** Answers in a row that failed, came too late or were none, and for how long it is left alone then. */
    breakerFailures: 3,
    breakerOpenMs: 60_000,
    /** The longest rest that a server may ask for. */
    restMostMs: 3_600_000,
  },
  ownModels: {
    /** What a tenant's own model may be: bytes of its file and of its tensors, and what else is counted in it. */
    graphBytes: 4_194_304,
    graphFields: 400_000,
    graphNodes: 4_096,
    graphDimensions: 8,
    graphPorts: 16,
    graphTextBytes: 1_024,
    /** Vectors of one window, and levels of its quantiles. */
    steps: 128,
    levels: 32,
    /** Models of one tenant that are in use. */
    perTenant: 4,
    /** Bytes of private memory of a process that runs them, which the system holds it to, and of all that it maps. */
    memoryBytes: 536_870_912,
    addressBytes: 2_147_483_648,
    /** How often a process is looked at while it computes: past `memoryBytes` in memory it is killed. */
    watchMs: 20,
    /** Processes at once; past it a tenant waits until another's is idle, or has had its turn. */
    children: 4,
    turnMs: 2_000,
    idleMs: 600_000,
    /** A process that takes longer to start, to load a model, or for one run, is killed. */
    startMs: 10_000,
    loadMs: 10_000,
    hangMs: 1_000,
    /** How long an answer may take. */
    answerMs: 250,
    /** A model's fastest run of a trial of so many; a slower one is refused. */
    runMs: 50,
    trialRuns: 3,
    /** Windows of one tenant that wait; past it the next is left out. */
    queue: 256,
    /** Uploads that wait for their trial; past it the next is refused. */
    trials: 8,
    /** Bytes of what a process says at once. */
    saidBytes: 65_536,
    /** Failures of a model in a row, and for how long it rests then. */
    breakerFailures: 2,
    breakerOpenMs: 60_000,
    /** How long a node goes by what it knows of a tenant's models before it asks the ledger again. */
    knownMs: 60_000,
  },
  quote: {
    staleMs: 10_000,
    referenceMs: 2_000,
    /** How long after its close a decision waits for a reference, as while another node takes up the feed. */
    referenceWaitMs: 6_000,
    /** EAs tell tick values at least every minute; a heartbeat more, and they are stale. */
    tickValueStaleMs: 75_000,
    /** Money is changed by quotes that are no older: EAs tell a quote when it changes, and crosses may stand still. */
    rateStaleMs: 60_000,
  },
  prices: {
    /** A broker quote's deviation from the reference weighs 1/e in the estimate after this. */
    usualMs: 600_000,
    /** Quotes of now that the estimate must be worth before a quote is judged by it. */
    youngWeight: 10,
    /** A quote further from the usual than both, on either side, is a spike. */
    spikeDispersions: 6,
    spikePips: 3,
    /** Quotes far from the usual that agree for so many and so long are no spike: the broker has moved. */
    confirmQuotes: 3,
    confirmMs: 2_000,
    /** How long a signal waits for a quote that may price it. */
    waitMs: 5_000,
    /** A deviation above this share of the reference raises the alarm; at or below the other for so long ends it. */
    alarmShare: 0.0005,
    alarmOverShare: 0.0004,
    alarmQuietMs: 60_000,
  },
  feed: {
    /** Ticks that a feed which stands by keeps for the feed that goes; past it the oldest are given up. */
    untold: 20_000,
    /** An account that is the feed and has quoted nothing for so long gives way to the next that is there. */
    silenceMs: 15_000,
    /** One that is preferred is the feed again once it has been there for so long. */
    returnMs: 60_000,
    /** Between two looks at what has come. */
    pollMs: 50,
    /** Quotes that wait to be looked at; past it they are not taken. */
    waiting: 10_000,
    /** Changes from one account to another that are remembered, to name a candle's source. */
    switchesKept: 2_048,
  },
  news: {
    eventsMost: 100_000,
    /** Characters of a title; the rest is cut off. */
    titleMost: 200,
    /** How often the file is looked at. */
    lookMs: 30_000,
  },
  signal: {
    validMostMs: 900_000,
    /** Past valid-until, how long the server waits for a RESULT before the signal is UNKNOWN. */
    resultGraceMs: 10_000,
    /** A decision goes to so many of a tenant's accounts at once; to the next when fewer than so many operations wait for their commit. */
    spreadAtOnce: 128,
    spreadEveryMs: 2,
    spreadAgainMs: 25,
    spreadUnderWay: 4_000,
  },
  command: {
    /** How long an EA that is connected has for a command, and how long one may wait for its EA to come. */
    validMs: 30_000,
    waitMostMs: 3_600_000,
    /** Commands of one account without an end; past it the next is refused. */
    open: 64,
    /** Results kept of one command; past it only one that decides is. */
    results: 16,
  },
  cache: {
    /** No answer for so long while one is owed: the cache's server is down. */
    answerMs: 250,
    /** Between two looks whether it is back; each waits a random share of it more. */
    probeMs: 1_000,
    /** Commands sent and not answered; past it the server counts as down. */
    inFlight: 10_000,
    /** Keys whose newest write may not have arrived, deleted before the server is read again; past it all keys are. */
    owed: 10_000,
    /** How long a value lives that is kept in process while the server is down. */
    meanwhileMs: 5_000,
    /** Entries of the cache in process, and their bytes; past either the one unused for longest leaves. */
    entries: 100_000,
    bytes: 67_108_864,
    /** Bytes of one value; a larger one is not kept. */
    valueBytes: 1_048_576,
    /** Characters of one part of a key or subject, before encoding. */
    part: 128,
    /** A loader that has not answered by then has failed. */
    loadMs: 5_000,
    /** Loads under way at once. */
    loads: 10_000,
    /** How often a key that changes all the time is written. */
    hotMs: 250,
    /** Keys that wait for their next writing; past it the one that has waited longest is not written. */
    hotKeys: 100_000,
    /** Keys written at once. */
    hotBatch: 2_000,
    /** Closed candles kept near for each symbol and timeframe. */
    candles: 100,
  },
  bus: {
    /** Bytes of one message; the server's own bound is 1 MiB with its headers. */
    payload: 1_000_000,
    /** Messages to be kept that wait for the server; past it a producer is refused. */
    outbox: 20_000,
    outboxBytes: 67_108_864,
    /** Of those, sent and not answered. */
    inFlight: 256,
    /** No answer for so long: the connection is made anew, and all that is unanswered sent again. */
    answerMs: 5_000,
    /** Bytes published and not known to have left; past it what need not be kept is not sent. */
    unflushed: 8_388_608,
    /** Messages waiting for one subscriber; past it only the newest of a subject is kept. */
    pending: 8_192,
    /** Kept messages handed to one consumer and not acked. */
    batch: 256,
    /** A repeat of an id within this is recognised. */
    dedupMs: 600_000,
    /** Bytes of a stream of the bus in process. */
    memoryBytes: 67_108_864,
    /** Back-off of a handler that failed, and of connecting again. */
    retryFirstMs: 50,
    retryMostMs: 5_000,
  },
  cluster: {
    /** A node that is not heard for so long is given up, and what it had goes to others; it stops by itself after two thirds of it. */
    ttlMs: 3_000,
    /** How often it tells that it lives, and how long it waits for the answer. */
    renewMs: 600,
    answerMs: 1_000,
    /** How often it looks whether anything is due. */
    lookMs: 100,
    /** A node that has just come is handed what others have only after so long. */
    settleMs: 2_000,
    /** The same of a symbol: its minute in progress is whole where it goes, and the clock may have to close it. */
    settleSymbolMs: 65_000,
    /** Candles of others that a node which begins hears again: more than close at once, of all symbols and timeframes. */
    candlesAgain: 1_000,
    /** How often a node looks whether it is fit, for how long what it found counts, and how far its clock may be from the ledger's. */
    fitnessMs: 1_000,
    fitnessHoldsMs: 15_000,
    clockMs: 250,
    /** For a node that ends to hand over what it has, and then to send its EAs to others. */
    leaveMs: 2_000,
    emptyMs: 80_000,
    /** How long EAs that know no other node are told to stay away from one that ends. */
    endPauseMs: 1_000,
    /** A node that was not heard for so long is sent no EAs. */
    heardMs: 2_400,
    /** Addresses for EAs that one node tells the others. */
    endpoints: 16,
    /** What was asked of the other nodes is answered by then, or nobody knows. */
    askMs: 5_000,
    /** The ledger is asked for a generation again. */
    askAgainMs: 1_000,
  },
  traces: {
    /** Traces under way; past it the oldest ends as it is. */
    open: 1_000,
    /** Spans of one trace; past it they are counted. */
    spans: 500,
    /** Nothing has come of a trace for so long: it ends. */
    idleMs: 60_000,
    /** Spans that wait for the collector; past it they are dropped. How many go at once, and how often. */
    queue: 8_192,
    batch: 512,
    flushMs: 2_000,
    /** No answer of the collector for so long: what was sent is given up. */
    exportMs: 10_000,
  },
  alerts: {
    /** Subjects beyond a limit at once; past it an alert says so, and the rest is not listed. Alerts that are over and kept. */
    open: 1_000,
    kept: 250,
    /** How often figures are looked at, and how often it is looked what is due. */
    lookMs: 10_000,
    turnMs: 1_000,
    /** A notice waits so long for others that go in the same message, and so many go in one. */
    groupMs: 2_000,
    perMessage: 20,
    /** Notices that wait for one channel; past it the oldest that is not critical is given up, counted. */
    waiting: 2_000,
    /** A message is tried again after so long, at longer and longer intervals, and given up after a day. */
    retryFirstMs: 2_000,
    retryMostMs: 300_000,
    giveUpMs: 86_400_000,
    /** Failures in a row by which a channel counts as down. */
    failuresTold: 3,
    /** No answer of a channel's server for so long: the attempt has failed; and the bytes of its answer that are read. */
    sendMs: 10_000,
    answerBytes: 262_144,
    /** Samples that a percentile is taken of, and how old they may be. */
    samples: 1_024,
    samplesMs: 300_000,
    /** How long a code that links a chat is valid, wrong codes of one chat until it is not heard, and chats that are kept. */
    linkMs: 600_000,
    wrongCodes: 5,
    chats: 100,
    /** A question of Telegram for news, and how long a stop waits for its confirmation. */
    pollMs: 25_000,
    confirmMs: 60_000,
    /** Acts that the audit log is still to be told; past it no more are done from a chat. */
    owedActs: 100,
  },
  support: {
    /** Newest lines of the log that a bundle holds, and files of the data folder that it names. */
    logLines: 2_000,
    files: 5_000,
  },
} as const;

type Widened<T> = { readonly [K in keyof T]: T[K] extends number ? number : Widened<T[K]> };
export type Limits = Widened<typeof LIMITS>;

/** The relations that the code which uses the bounds relies on. */
export function checkRelations({
  actor,
  frame,
  session,
  keys,
  tokens,
  access,
  ledger,
  reads,
  http,
  latency,
  usage,
  analytics,
  writer,
  jobs,
  archive,
  market,
  features,
  patterns,
  inference,
  statements,
  streams,
  training,
  advisers,
  ownModels,
  quote,
  prices,
  feed,
  signal,
  command,
  cache,
  bus,
  cluster,
  traces,
  alerts,
}: Limits): void {
  assert(actor.turn <= actor.mailbox, 'a turn cannot take more messages than a mailbox holds');
  assert(actor.lookAgainMs <= actor.lookMs && actor.lookMs < actor.askMs, 'who looks is answered before who asks gives up');
  assert(actor.backoffFirstMs <= actor.backoffMostMs, 'the first back-off is at most the longest');
  assert(frame.bodyBeforeWelcome <= frame.body, 'an unknown client may not send more than a known one');
  assert(session.heartbeatMs * 3 <= session.silenceMs, 'a peer may miss two heartbeats before it is dead');
  assert(session.heartbeatMs <= session.heartbeatMostMs, 'the usual heartbeat is one that WELCOME may set');
  assert(session.silenceMs <= session.silenceSuho1Ms, 'an older EA is given no less time than a newer one');
  assert(session.ackOwedMs < session.heartbeatMs, 'an ack leaves before the next heartbeat would');
  assert(session.outbox >= 4 * frame.body, 'an outbox holds several of the largest frames');
  assert(session.perAddress <= session.perNode, 'one address may not hold more sessions than the node');
  assert(session.refusalsPerAddress <= session.refusalsPerNode, 'one address makes no more wait than the node');
  assert(session.refusalsPerNode <= session.perNode / 2, 'clients that are refused leave room for others');
  assert(session.refusalsPerAddress <= session.perAddress / 2, 'neighbours of a client that fails find room');
  assert(session.lookups <= ledger.pageRows, 'a look at accounts is no longer than a page');
  assert(session.claims <= ledger.batchRows, 'a round of HELLOs holds up the decision path no longer than a commit does');
  assert(session.outageMs >= 4 * session.heartbeatMostMs, 'an outage is more than a few heartbeats');
  assert(session.outageMs >= session.silenceSuho1Ms, 'whoever is silent for its session is not away yet');
  assert(8 * session.outageLookMs <= session.outageMs, 'an outage is seen in time');
  assert(keys.overlapMs <= keys.overlapMostMs, 'the usual overlap is one that may be asked for');
  assert(3 * tokens.againMs <= tokens.lifeMs, 'a token that is sent again has most of its life before it');
  assert(tokens.lifeMs / 3 >= 4 * session.heartbeatMostMs, 'the next token comes while the one before is valid');
  assert(tokens.keysKnownMs < tokens.lifeMs, 'a key is known while its first token lives');
  assert(tokens.keyMs > tokens.lifeMs, 'a key outlives its tokens');
  assert(access.derivations < 4, 'who signs in leaves threads of the process to files and look-ups');
  assert(access.derivations <= access.derivationsWaiting, 'a round of sign-ins may wait for another');
  assert(access.knownMs < tokens.lifeMs, 'who was removed is out before the token is');
  assert(2 * tokens.lifeMs <= access.refreshMs, 'a sign-in outlives its tokens');
  assert(access.refreshMs <= access.signInMs, 'a sign-in that is refreshed lives no shorter');
  assert(access.triesOfName <= access.triesOfNetwork, 'a network is given no fewer tries than a name');
  assert(access.tryFirstMs <= access.tryMostMs, 'the first wait is at most the longest');
  assert(access.tryMostMs < access.triesForgivenMs, 'a try is not forgiven while it makes wait');
  assert(ledger.batchRows <= ledger.queue, 'a batch fits the queue');
  assert(ledger.batchRows <= signal.spreadUnderWay, 'a fan-out keeps a whole batch ready');
  assert(ledger.batchTenants <= ledger.batchRows, 'each tenant of a batch has a row in it');
  assert(ledger.historyRows <= ledger.batchRows, 'history holds up the decision path no longer than a commit does');
  assert(ledger.historyRows <= ledger.historyBatch, 'a batch of history fills a transaction');
  assert(2 * ledger.historyBatch <= writer.queue, 'a batch of history may fill while another waits');
  assert(session.drainAtOnce <= session.perNode, 'a node is emptied by parts');
  assert(session.drainMostMs < cluster.emptyMs, 'a node that ends waits until all were told to go');
  assert(session.perNode <= ledger.knownAccounts, 'a node keeps in mind whose its sessions’ accounts are');

  assert(http.bodyBytes >= 1_024 && http.paramText >= 64, 'a request may say what it is about');
  assert(latency.pointMs * latency.points >= 3_600_000, 'latency over time is that of an hour');
  assert(reads.pageUsual <= reads.pageRows, 'the usual page is one that may be asked for');
  assert(reads.pageRows < reads.metRows, 'a page that asks for all it meets is never short');
  assert(ledger.queue <= ledger.restoreLeap, 'what was still waiting to be numbered is leapt over as well');
  assert(usage.handOverMs + writer.flushMs < 60_000, 'a kill loses less than a minute of what tenants used');
  assert(analytics.queryMs < analytics.callMs, 'an engine may end a query before its caller gives it up');
  assert(2 * writer.batchItems <= writer.queue, 'a batch may fill while another waits');
  assert(writer.retryFirstMs <= writer.retryMostMs, 'the first retry is at most the longest');
  assert(writer.segments >= 4, 'a spill that drops its oldest file keeps most of what it has');
  assert(jobs.stopMs < jobs.leaseMs, 'work that does not end when it is told to keeps its lease until it is given up');
  assert(jobs.lookLeastMs <= jobs.lookMs, 'the shortest wait is at most the longest');
  assert(jobs.retryFirstMs <= jobs.retryMostMs, 'the first pause is at most the longest');
  assert(60 * analytics.logLines <= writer.queue, 'a minute of log lines leaves room for the rest that analytics gets');
  assert(archive.seriesRows <= analytics.answerRows, 'rows of an object come in one answer');
  assert(jobs.stepRows <= archive.objectRows, 'the rows of an object leave their table in a step or more');
  assert(2 * features.snapshotCandles <= market.history, 'the candles in memory reach back to the snapshot before the newest');
  assert(features.recent >= 2, 'a decision has the close before it');
  assert(features.recent <= market.history, 'vectors of a cold start reach as far back as models look');
  assert(patterns.rowsOpen >= 3 * patterns.items, 'the largest tenant can be open');
  assert(patterns.turnMs < session.heartbeatMs, 'who searches hears heartbeats in between');
  assert(patterns.tradesAtOnce <= patterns.counted, 'trades that are told again after a crash are known to their patterns');
  assert(patterns.tradesAtOnce <= patterns.countedTrades, 'and to their strategy');
  assert(patterns.answerMs < patterns.searchMs, 'an answer is late before its search is given up');
  assert(patterns.mergeCertainty > 0.5 && patterns.mergeCertainty < 1, 'what is merged is alike, and need not be the same');
  assert(inference.runRows <= inference.batchRows, 'a batch fills a run');
  assert(inference.batchRows <= inference.requestRows, 'a request may fill a batch');
  assert(2 * inference.runMs <= inference.answerMs, 'a run may wait for another and answer in time');
  assert(inference.answerMs < inference.hangMs, 'a batch is late before its thread is given up');
  assert(statements.accounts <= statements.trades, 'each account of a tenant’s results may have traded');
  assert(statements.accounts <= ledger.pageRows && statements.refusals <= ledger.pageRows, 'what results are made of is a page');
  assert(streams.perPrincipal <= streams.perNode, 'one who asks may not hold more streams than the node');
  assert(streams.asked <= streams.subscriptions, 'what one message asks for may be heard');
  assert(streams.readerTurn < streams.turn, 'a turn is of several readers');
  assert(4 * streams.messageBytes <= streams.outbox, 'what is answered to the largest message fits the outbox');
  assert(streams.paceMs < streams.lookMs && 5 * streams.lookMs <= streams.slowMs, 'a slow reader is seen in time');
  assert(streams.slowMs < streams.pingMs, 'one that reads too slowly is told so before it is taken for gone');
  assert(streams.figures >= 2 * session.perNode, 'money and positions of each session’s account are kept');
  assert(training.pageRows <= analytics.answerRows, 'a page of candles comes in one answer');
  assert(advisers.validMs <= signal.validMostMs, 'advice is no older than a signal that is still valid');
  assert(4 * advisers.answerMs <= advisers.validMs, 'advice can be used for most of its life');
  assert(advisers.breakerOpenMs <= advisers.restMostMs, 'the usual rest is one that a server may ask for');
  assert(4 * ownModels.graphBytes <= ownModels.memoryBytes, 'a model leaves room for what it computes');
  assert(ownModels.memoryBytes < ownModels.addressBytes, 'a process maps more than it may fill');
  assert(2 * ownModels.runMs <= ownModels.answerMs, 'a run of an own model may wait for another and answer in time');
  assert(ownModels.answerMs < ownModels.hangMs, 'an own model is late before its process is given up');
  assert(ownModels.perTenant * ownModels.levels * 8 <= ownModels.saidBytes, 'what a model says fits what is heard');
  assert(prices.alarmOverShare < prices.alarmShare, 'an alarm is over clearly below where it begins');
  assert(prices.confirmMs < prices.waitMs, 'a signal waits until quotes that agree are believed');
  assert(
    cluster.ttlMs + quote.referenceMs < quote.referenceWaitMs,
    'what is decided while a feed is moved is not refused for it',
  );
  assert(prices.waitMs < quote.staleMs, 'a quote that a signal waits out is not stale by it');
  assert(2 * quote.staleMs < prices.usualMs, 'the usual is more than the newest quotes');
  assert(2 * feed.silenceMs <= feed.returnMs, 'two accounts that come and go do not take turns as the feed');
  assert(quote.staleMs < feed.silenceMs, 'a quote that is told again as often as it must be is no silence');
  assert(feed.pollMs <= market.closeGraceMs, 'a quote of a candle is in it before the clock closes it');
  assert(signal.resultGraceMs >= 2 * session.heartbeatMs, 'a result may take two heartbeats');
  assert(command.validMs <= signal.validMostMs, 'a command that is not waited for is as short-lived as a signal');
  assert(command.validMs <= command.waitMostMs, 'a command that waits for its EA is valid for no less time');
  assert(cache.answerMs <= cache.probeMs, 'a look at a server that is down ends before the next');
  assert(quote.staleMs <= quote.rateStaleMs, 'a quote that may be traded on may change money too');
  assert(cache.meanwhileMs <= quote.staleMs, 'what is kept while the cache is down is no older than a quote may be');
  assert(2 * cache.hotMs <= quote.staleMs, 'a quote that is kept near is written again before it is stale');
  assert(2 * cache.hotBatch <= cache.inFlight, 'what is kept near leaves room for what is asked');
  assert(cache.candles <= market.history, 'the candles kept near are in memory');
  assert(16 * cache.valueBytes <= cache.bytes, 'the cache in process holds several of the largest values');
  assert(bus.inFlight <= bus.outbox, 'what is under way fits the outbox');
  assert(bus.retryFirstMs <= bus.retryMostMs, 'the first back-off of the bus is at most the longest');
  assert(4 * bus.payload <= bus.unflushed, 'several of the largest messages may be on their way');
  assert(16 * bus.payload <= bus.outboxBytes, 'the outbox holds several of the largest messages');
  assert(16 * bus.payload <= bus.memoryBytes, 'a stream in process holds several of the largest messages');
  assert(bus.dedupMs >= 100 * bus.answerMs, 'a message sent again after an outage is still recognised');
  assert(
    cluster.renewMs + cluster.answerMs < (2 * cluster.ttlMs) / 3,
    'a renewal that is not answered is tried again before a life ends',
  );
  assert(cluster.renewMs < cluster.heardMs && cluster.heardMs < cluster.ttlMs, 'EAs are sent to nodes that renew their lives');
  assert(3 * cluster.lookMs <= cluster.renewMs, 'what is due is looked at soon');
  assert(cluster.renewMs <= ledger.busyForMs, 'that a node is busy is told at one renewal at least');
  assert(cluster.settleMs < cluster.ttlMs, 'a node that came is given its share before one that went is given up');
  assert(cluster.settleSymbolMs >= 60_000 + market.closeGraceMs, 'whoever is handed a symbol has heard the whole minute');
  assert(traces.batch <= traces.queue, 'a batch of spans is made of what waits');
  assert(traces.flushMs < traces.idleMs, 'spans leave while their trace is under way');
  assert(alerts.turnMs <= alerts.groupMs, 'what is grouped leaves in time');
  assert(alerts.turnMs <= alerts.lookMs, 'what a look finds is told before the next');
  assert(alerts.perMessage <= alerts.waiting, 'a message is made of what waits');
  assert(alerts.open <= alerts.waiting, 'every alert that stands may wait for a channel');
  assert(alerts.retryFirstMs <= alerts.retryMostMs, 'the first pause of a channel is at most the longest');
  assert(alerts.retryMostMs < alerts.giveUpMs, 'a message is tried many times before it is given up');
  assert(2 * alerts.sendMs < alerts.retryMostMs, 'an attempt ends before the next');
  assert(alerts.confirmMs < alerts.linkMs, 'a chat that was just linked may act');
}

checkRelations(LIMITS);
