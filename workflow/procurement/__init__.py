"""Sweden: procurement as steering (Ju2022/01219): price, evenness and capacity weighed in the open.

Pure but for `offered`, `kept`, `models` and `numbers`: money is öre in whole numbers, shares are
fractions, nothing is rounded before it is shown. What is weighed is stated as a price, so that no
weight is hidden. Nothing is bought here: that is `workflow.accommodation.contracts`.
"""
