import { Activity } from '../../src/runtime/activity.js';

/** What a process has under way, counted in its world for as long as it lives: who waits for actors that died with it waits for ever. */
export class ProcessActivity extends Activity {
  #isOver = false;

  constructor(readonly world: Activity) {
    super();
  }

  override begin(count = 1): void {
    if (this.#isOver) return;
    super.begin(count);
    this.world.begin(count);
  }

  override end(count = 1): void {
    if (this.#isOver) return;
    super.end(count);
    this.world.end(count);
  }

  over(): void {
    this.end(this.pending);
    this.#isOver = true;
  }
}
