// Polls a condition until it holds, for at most 20 seconds.
exports.waitUntil = async (condition) => {
  const deadline = Date.now() + 20000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`in vain: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));  // lets what has arrived be read
  }
};
