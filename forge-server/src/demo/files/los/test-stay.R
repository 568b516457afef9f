test_that("a day case has no nights", {
  expect_equal(nights("2026-03-01", "2026-03-01"), 0L)
})

test_that("an open stay is not counted", {
  expect_true(is.na(nights("2026-03-01", NA)))
})

test_that("a discharge before its admission is an error", {
  expect_error(nights("2026-03-02", "2026-03-01"), "before its admission")
})
